module github.com/paxoskv/paxoskv

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/ergo-services/ergo v1.999.224 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)
