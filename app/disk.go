package app

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"stead/app/errs"
)

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// isNoFolder tells that a file stands where a folder should.
func isNoFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// userName is what chown calls whoever runs this process.
func userName() string { return strconv.Itoa(os.Geteuid()) }

// inhabited refuses a data folder in which Stead never ran: a command that
// looks into one must neither make it nor answer from its emptiness.
func (c Config) inhabited() error {
	_, err := os.Stat(filepath.Join(c.Data, "stead.db"))
	if errors.Is(err, os.ErrNotExist) {
		return &errs.Error{Kind: errs.NotFound, Code: "no_stead", Message: "There is no Stead in " + c.Data + ". Set STEAD_DATA to its data folder."}
	}
	if err != nil {
		return folderError(c.Data, err)
	}
	return nil
}
