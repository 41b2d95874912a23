package store

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
)

// wakingDriver gives River what database/sql has not: news of a job that was
// committed in this process. River then needs no poll to find it.
type wakingDriver struct {
	riverdriver.Driver[*sql.Tx]
	bell <-chan struct{}
}

// SupportsListener says that there is something to listen to.
func (d wakingDriver) SupportsListener() bool { return true }

// GetListener returns a listener of this process.
func (d wakingDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return bellListener{bell: d.bell}
}

// bellListener turns each ring of the bell into River's note about an insert.
type bellListener struct{ bell <-chan struct{} }

func (bellListener) Close(context.Context) error            { return nil }
func (bellListener) Connect(context.Context) error          { return nil }
func (bellListener) Listen(context.Context, string) error   { return nil }
func (bellListener) Ping(context.Context) error             { return nil }
func (bellListener) Schema() string                         { return "" }
func (bellListener) SetAfterConnectExec(string)             {}
func (bellListener) Unlisten(context.Context, string) error { return nil }

// WaitForNotification waits for the next ring.
func (l bellListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-l.bell:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue":"default"}`}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
