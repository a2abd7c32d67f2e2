package shell

// parseTerm reads the term at the start of text and returns what follows it.
// formatTerm is its inverse.
var (
	parseTerm  = standInParse
	formatTerm = standInFormat
)
