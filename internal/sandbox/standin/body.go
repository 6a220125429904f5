// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// fields are the members of a request's JSON object, with where each begins: the plugin's parser
// names the place of what it does not know.
type fields struct {
	parser string
	values map[string]json.RawMessage
	places map[string]string
}

// readBody reads a request's body.
func readBody(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, &apiError{status: http.StatusBadRequest, kind: "parse_exception", reason: err.Error()}
	}
	return raw, nil
}

// parseFields reads the object that parser takes. It stops at the first member that is not known,
// as the plugin's parser does.
func parseFields(raw []byte, parser string, known ...string) (fields, error) {
	f := fields{parser: parser, values: map[string]json.RawMessage{}, places: map[string]string{}}
	dec := json.NewDecoder(bytes.NewReader(raw))
	first, err := dec.Token()
	if err != nil {
		return f, jsonParse(raw, err)
	}
	if first != json.Delim('{') {
		return f, contentParse("[1:1] [%s] Expected START_OBJECT but was: %s", parser, tokenName(raw))
	}
	for dec.More() {
		start := int(dec.InputOffset())
		for start < len(raw) && strings.IndexByte(" \t\r\n,", raw[start]) >= 0 {
			start++
		}
		token, err := dec.Token()
		if err != nil {
			return f, jsonParse(raw, err)
		}
		name, _ := token.(string) // a key: the decoder refuses anything else
		line, column := place(raw, start)
		f.places[name] = fmt.Sprintf("[%d:%d]", line, column)
		if !slices.Contains(known, name) {
			return f, contentParse("%s [%s] unknown field [%s]", f.places[name], parser, name)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return f, jsonParse(raw, err)
		}
		f.values[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return f, jsonParse(raw, err)
	}
	return f, nil
}

// text is a member that must be a string; absent is told from empty.
func (f fields) text(name string) (value string, given bool, err error) {
	raw, given := f.values[name]
	if !given {
		return "", false, nil
	}
	if json.Unmarshal(raw, &value) != nil || string(raw) == "null" {
		return "", true, contentParse("%s [%s] %s doesn't support values of type: %s", f.places[name], f.parser, name, tokenName(raw))
	}
	return value, true, nil
}

// roles are the members of use_roles; both or none have to be there.
func (f fields) roles() (complaint string, err error) {
	raw, given := f.values["use_roles"]
	if !given || string(raw) == "null" {
		return "", nil
	}
	roles, err := parseFields(raw, "UseRolesParser", "leader_cluster_role", "follower_cluster_role")
	if err != nil {
		return "", err
	}
	leader, _, _ := roles.text("leader_cluster_role")     // null counts as absent
	follower, _, _ := roles.text("follower_cluster_role") // null counts as absent
	if len(roles.values) > 0 && (leader == "" || follower == "") {
		return "Need roles for leader_cluster_role and follower_cluster_role", nil
	}
	return "", nil
}

// settings are index settings, flat, whatever form they came in.
func (f fields) settings() (map[string]any, error) {
	raw, given := f.values["settings"]
	if !given || string(raw) == "null" {
		return map[string]any{}, nil
	}
	var nested map[string]any
	if err := decodeNumbers(raw, &nested); err != nil {
		return nil, contentParse("%s [%s] settings doesn't support values of type: %s", f.places["settings"], f.parser, tokenName(raw))
	}
	flat := map[string]any{}
	for key, value := range flatten(nested) {
		if !strings.HasPrefix(key, "index.") {
			key = "index." + key
		}
		flat[key] = value
	}
	return flat, nil
}

// decodeNumbers decodes JSON without turning numbers into floats.
func decodeNumbers(raw []byte, out any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(out)
}

func contentParse(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: "x_content_parse_exception", reason: fmt.Sprintf(format, args...)}
}

func bodyRequired(reason string) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: "parse_exception", reason: reason}
}

// jsonParse is what Jackson says of broken JSON.
func jsonParse(raw []byte, err error) *apiError {
	const source = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]"
	at := len(raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = min(max(int(syntax.Offset)-1, 0), len(raw))
	}
	from, to := at, at
	for from > 0 && isWord(raw[from-1]) {
		from--
	}
	for to < len(raw) && isWord(raw[to]) {
		to++
	}
	line, column := place(raw, to)
	reason := "Unexpected end-of-input or character" + fmt.Sprintf(source, line, column)
	if from < to {
		reason = fmt.Sprintf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", raw[from:to]) +
			fmt.Sprintf(source, line, column+1) // the parser has read the character after the token
	}
	return &apiError{status: http.StatusBadRequest, kind: "json_parse_exception", reason: reason}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// place is the line and the column, both from 1, of a byte.
func place(raw []byte, offset int) (line, column int) {
	before := raw[:min(offset, len(raw))]
	return bytes.Count(before, []byte{'\n'}) + 1, offset - bytes.LastIndexByte(before, '\n')
}

// tokenName is the parser's name of the first token of raw.
func tokenName(raw []byte) string {
	switch b := bytes.TrimSpace(raw); {
	case len(b) == 0:
		return "null"
	case b[0] == '{':
		return "START_OBJECT"
	case b[0] == '[':
		return "START_ARRAY"
	case b[0] == '"':
		return "VALUE_STRING"
	case b[0] == 't' || b[0] == 'f':
		return "VALUE_BOOLEAN"
	case b[0] == 'n':
		return "VALUE_NULL"
	default:
		return "VALUE_NUMBER"
	}
}
