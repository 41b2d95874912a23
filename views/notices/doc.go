// Package notices draws what a colleague should see.
package notices
