// Package doctor says in words what is wrong with a cluster: facts in, findings
// out. It asks nobody anything and has no clock; package look gathers the facts.
package doctor
