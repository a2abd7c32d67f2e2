package term

import "fmt"

// Format is to come.
func Format(v any) string { return fmt.Sprint(v) }
