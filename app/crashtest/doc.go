// Package crashtest kills the real binary at random moments and compares what
// the senders were told with what is stored. It is the only package besides
// browsertest that starts processes. Nothing of the product lives here.
package crashtest
