package store

// inBin is what the kind of a search document begins with while its record is
// in the bin: no search asks for such a kind, and nothing must be indexed anew
// when it comes back.
const inBin = "bin."
