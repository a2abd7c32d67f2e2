package term

// Tags of the external term format, as the OTP document erl_ext_dist lists them.
const (
	tagVersion     = 131
	tagCompressed  = 80
	tagDistHeader  = 68
	tagCacheRef    = 82
	tagLocal       = 121
	tagSmallInt    = 97
	tagInt         = 98
	tagSmallBig    = 110
	tagLargeBig    = 111
	tagFloatText   = 99
	tagFloat       = 70
	tagAtomLatin1  = 100
	tagSmallLatin1 = 115
	tagAtomUTF8    = 118
	tagSmallUTF8   = 119
	tagSmallTuple  = 104
	tagLargeTuple  = 105
	tagMap         = 116
	tagNil         = 106
	tagString      = 107
	tagList        = 108
	tagBinary      = 109
	tagBitBinary   = 77
	tagNewPid      = 88
	tagPid         = 103
	tagPort        = 102
	tagNewPort     = 89
	tagV4Port      = 120
	tagRef         = 101
	tagNewRef      = 114
	tagNewerRef    = 90
	tagExport      = 113
	tagOldFun      = 117
	tagNewFun      = 112
)

const (
	// MaxDepth is how deep containers may nest in a term, in any of its forms. The
	// elements of a list are one level below it, however long it is.
	MaxDepth = 1024

	// MaxInflated is the largest size, in bytes, that a compressed term may inflate to.
	MaxInflated = 64 << 20

	// MaxParsedBinary is the largest number of bytes that the sized segments of the
	// binaries in one parsed text may come to, beyond the length of the text itself.
	MaxParsedBinary = 8 << 20

	maxAtomChars  = 255
	maxStringLen  = 65535
	maxRefWords   = 5
	maxTinyCreate = 3       // Creations of one byte had two bits that counted.
	maxTinyRefNum = 1 << 18 // The first word of an old reference had 18 bits.
	maxNewPortID  = 1 << 28 // Larger ids need the V4 form.
)
