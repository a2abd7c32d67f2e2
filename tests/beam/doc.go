// Package beam starts nodes of Erlang and Elixir for tests: of OTP 25, which is
// the one that is installed, and of OTP 27, from a folder with Debian 13. Each
// node evaluates the expressions that a test gives it.
package beam
