// Package explore searches what the real core may do, exhaustively within
// small bounds.
package explore
