package port

import "errors"

var (
	// ErrUnknown says that a request went out and nobody knows what became of
	// it. It must not be repeated before it was looked up.
	ErrUnknown = errors.New("port: outcome unknown")
	// ErrIgnored says that a callback is genuine but of a kind nobody handles.
	ErrIgnored = errors.New("port: kind not handled")
)

// CodeGone is the code of an event that concerns nobody who is known any more.
const CodeGone = "gone"
