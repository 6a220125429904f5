// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

// Fact is what is known of one thing. It is present with a value, absent with
// the proof of its absence, or unknown with the reason. The zero value is
// unknown: what nobody looked at is never absent.
type Fact[T any] struct {
	value T
	text  string // the proof of what is absent, or the reason of what is unknown
	known knowledge
}

type knowledge uint8

const (
	notKnown knowledge = iota
	isAbsent
	isPresent
)

// Present is the fact that something exists.
func Present[T any](value T) Fact[T] { return Fact[T]{known: isPresent, value: value} }

// Absent is the fact that something does not exist. proof says how that was
// seen, as the middle of a sentence.
func Absent[T any](proof string) Fact[T] {
	return Fact[T]{known: isAbsent, text: proof}
}

// Unknown is the fact that nothing is known. why says what kept us from
// looking, as the middle of a sentence.
func Unknown[T any](why string) Fact[T] { return Fact[T]{text: why} }

// Value returns the value of what is present, and false otherwise. False does
// not mean absent.
func (f Fact[T]) Value() (value T, present bool) { return f.value, f.known == isPresent }

// Absent returns the proof of what is absent, and false otherwise. False does
// not mean present.
func (f Fact[T]) Absent() (proof Proof, absent bool) {
	if f.known != isAbsent {
		return Proof{}, false
	}
	return Proof{text: f.text}, true
}

// Unknown returns why nothing is known, and false where something is.
func (f Fact[T]) Unknown() (why string, unknown bool) {
	if f.known != notKnown {
		return "", false
	}
	if f.text == "" {
		return "nobody has looked yet", true
	}
	return f.text, true
}

// Proof says how something was seen that permits a [Destruction]. Only this
// package makes proofs, each from facts; the zero value proves nothing.
type Proof struct{ text string }

// String is the proof as the middle of a sentence.
func (p Proof) String() string { return p.text }

// holds reports whether it proves anything.
func (p Proof) holds() bool { return p.text != "" }
