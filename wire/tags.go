package wire

// tag says of which type a message is. The numbers are part of the form: one
// that was given is never given to another type.
type tag byte

// withContext is set in the byte of a tag when cluster and epoch follow it.
const withContext tag = 0x80

const (
	tagPrepare tag = 1
	tagAccept  tag = 2
	tagQuery   tag = 3
	tagInspect tag = 4
	tagCollect tag = 5
	tagChosen  tag = 6

	tagPromise   tag = 16
	tagAccepted  tag = 17
	tagNack      tag = 18
	tagAnswer    tag = 19
	tagInspected tag = 20

	tagTurnRequest tag = 32
	tagTurnGrant   tag = 33
	tagTurnDone    tag = 34

	tagHello          tag = 48
	tagConfigPrepare  tag = 49
	tagConfigPromise  tag = 50
	tagConfigNack     tag = 51
	tagConfigAccept   tag = 52
	tagConfigAccepted tag = 53
	tagConfigChosen   tag = 54
	tagConfigRequest  tag = 55

	tagMergeRequest tag = 64
	tagMergeState   tag = 65

	tagInventoryRequest tag = 72
	tagInventory        tag = 73
)
