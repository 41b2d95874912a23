package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folderFindings looks at files without opening the database.
func folderFindings(cfg Config) []Finding {
	return []Finding{folder(cfg.Data), modes(cfg.Data), space(cfg.Data), encryption(cfg.Data, "/sys/dev/block"), keyFile(cfg)}
}

// keyFile tells whether the key is there, private, and not beside what it opens.
func keyFile(cfg Config) Finding {
	key := private("key file", cfg.KeyFile, 0o077)
	rel, err := filepath.Rel(cfg.Data, cfg.KeyFile)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, "../") && key.State == "ok" {
		return Finding{"key file", "warn", "The key file lies inside the data folder: a copy of the folder opens itself.", "Move it elsewhere and set STEAD_KEY_FILE."}
	}
	return key
}

// folder tells whether the data folder is one, its owner's to write, and private.
func folder(path string) Finding {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return Finding{"data folder", "fail", path + " is a file.", "Set STEAD_DATA to a folder."}
	case err == nil && info.Mode().Perm()&0o700 != 0o700:
		return Finding{"data folder", "fail", fmt.Sprintf("%s has mode %04o: Stead cannot write there.", path, info.Mode().Perm()), "chmod u=rwx,go= " + path}
	}
	return private("data folder", path, 0o077)
}

const namedAtMost = 3 // files that a finding names

// modes looks at everything in the data folder: the database, its log, the
// ledger, backups, keys of certificates.
func modes(dir string) Finding {
	var open []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err == nil && info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
			open = append(open, path)
		}
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist), isNoFolder(err):
		return Finding{"file modes", "not verified", "There is nothing in " + dir + " yet.", ""}
	case err != nil:
		return Finding{"file modes", "not verified", "Not everything in " + dir + " can be looked at by this user.", "Run the doctor as the user who runs Stead."}
	case len(open) > 0:
		names := strings.Join(open[:min(len(open), namedAtMost)], ", ")
		if more := len(open) - namedAtMost; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		return Finding{"file modes", "fail", "Others on this machine may read " + names + ".", "chmod -R go= " + dir}
	}
	return Finding{"file modes", "ok", "Database, ledger, backups and keys are their owner's alone.", ""}
}

// private tells whether nobody else can read a file that should be there.
func private(check, path string, forbidden os.FileMode) Finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Finding{check, "not verified", path + " is not there.", "Before the first start that is as it should be; later, put it back or set " + variableOf(check) + " to where it is."}
	case isNoFolder(err):
		return Finding{check, "fail", path + " lies in a file, not in a folder.", "Set STEAD_DATA to a folder."}
	case err != nil:
		return Finding{check, "fail", path + " cannot be looked at by this user.", "Run the doctor as the user who runs Stead."}
	case info.Mode().Perm()&forbidden != 0:
		return Finding{check, "fail", fmt.Sprintf("%s has mode %04o: others on this machine can read it.", path, info.Mode().Perm()), "chmod go= " + path}
	}
	return Finding{check, "ok", path, ""}
}

func variableOf(check string) string {
	if check == "key file" {
		return "STEAD_KEY_FILE"
	}
	return "STEAD_DATA"
}

// space warns before the disk is full.
func space(dir string) Finding {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return Finding{"disk", "not verified", "The free space is unknown.", ""}
	}
	free := fs.Bavail * uint64(fs.Bsize) >> 20 //nolint:gosec // a block size is positive
	switch {
	case free < 100:
		return Finding{"disk", "fail", fmt.Sprintf("%d MB are free.", free), "Make room: callbacks are refused when the disk is full."}
	case free < 1024:
		return Finding{"disk", "warn", fmt.Sprintf("%d MB are free.", free), "Make room soon."}
	}
	return Finding{"disk", "ok", fmt.Sprintf("%d MB are free.", free), ""}
}

// encryption looks whether the folder's disk is encrypted by the kernel. Other
// ways, such as a file system of its own or the provider's storage, cannot be
// seen from here, and are not guessed at. sys is where the kernel shows disks.
func encryption(dir, sys string) Finding {
	const check, remedy = "disk encryption", "Contacts and texts stand readable in the database: use an encrypted disk (LUKS), or make sure that yours is one."
	info, err := os.Stat(dir)
	if err != nil {
		return Finding{check, "not verified", "There is no data folder yet.", remedy}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Finding{check, "not verified", "This system does not say which disk a folder is on.", remedy}
	}
	device := filepath.Join(sys, numbers(uint64(stat.Dev))) //nolint:unconvert // its type differs by system
	switch known, sealed := sealed(device, 0); {
	case sealed:
		return Finding{check, "ok", "The disk under the data folder is encrypted (dm-crypt).", ""}
	case known:
		return Finding{check, "not verified", "The disk under the data folder is not encrypted by this machine's kernel. Something beneath it may be: that cannot be seen from here.", remedy}
	}
	return Finding{check, "not verified", "What is under the data folder is no disk that this machine's kernel shows.", remedy}
}

// numbers are a device as the kernel names its folder.
func numbers(dev uint64) string {
	major := dev>>8&0xfff | dev>>32&0xfffff000
	minor := dev&0xff | dev>>12&0xffffff00
	return fmt.Sprintf("%d:%d", major, minor)
}

// sealed tells whether a block device is shown at all, and whether it, or all
// that it is made of, is encrypted.
func sealed(device string, depth int) (known, yes bool) {
	if _, err := os.Stat(device); err != nil || depth > 8 {
		return false, false
	}
	if id, err := os.ReadFile(filepath.Join(device, "dm", "uuid")); err == nil && strings.HasPrefix(string(id), "CRYPT-") { //nolint:gosec // the kernel's own
		return true, true
	}
	parts, err := os.ReadDir(filepath.Join(device, "slaves"))
	if err != nil || len(parts) == 0 {
		return true, false
	}
	for _, part := range parts {
		if _, yes := sealed(filepath.Join(device, "slaves", part.Name()), depth+1); !yes {
			return true, false
		}
	}
	return true, true
}
