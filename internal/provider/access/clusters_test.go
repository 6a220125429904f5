// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// clusterObject is a cluster with these attributes, all others null.
func clusterObject(t *testing.T, set map[string]attr.Value) types.Object {
	t.Helper()
	attribute, ok := ClustersAttribute().(schema.MapNestedAttribute)
	if !ok {
		t.Fatal("clusters is no map of objects")
	}
	return object(t, attribute.NestedObject.Attributes, set)
}

func awsObject(t *testing.T, set map[string]attr.Value) types.Object {
	t.Helper()
	attribute, ok := awsAttribute().(schema.SingleNestedAttribute)
	if !ok {
		t.Fatal("aws is no object")
	}
	return object(t, attribute.Attributes, set)
}

func object(t *testing.T, attributes map[string]schema.Attribute, set map[string]attr.Value) types.Object {
	t.Helper()
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for name, a := range attributes {
		kinds[name] = a.GetType()
		null, err := a.GetType().ValueFromTerraform(t.Context(), nullOf(t, a.GetType()))
		if err != nil {
			t.Fatal(err)
		}
		values[name] = null
	}
	maps.Copy(values, set)
	o, diags := types.ObjectValue(kinds, values)
	if diags.HasError() {
		t.Fatal(diags)
	}
	return o
}

func text1(s string) attr.Value { return types.StringValue(s) }

func plainText(v attr.Value) string {
	s, _ := v.(types.String)
	return s.ValueString()
}

func TestClusters_KindsThatExcludeOneAnotherAreRefused(t *testing.T) {
	url := text1("https://paris.example.com:9200")
	unknown := types.StringUnknown()
	certificate, key := certificateAndKey(t)
	_, anotherKey := certificateAndKey(t)
	const cut = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
	region := awsObject(t, map[string]attr.Value{"region": text1("eu-west-3")})
	for name, c := range map[string]struct {
		set  map[string]attr.Value
		want []string // path: part of the detail
	}{
		"nothing":                     {map[string]attr.Value{}, nil},
		"basic":                       {map[string]attr.Value{"username": text1("u"), "password": text1("p")}, nil},
		"unknown password":            {map[string]attr.Value{"username": text1("u"), "password": unknown}, nil},
		"basic with a client":         {map[string]attr.Value{"username": text1("u"), "password": text1("p"), "client_certificate": certificate, "client_key": unknown}, nil},
		"basic, client and authority": {map[string]attr.Value{"username": text1("u"), "password": text1("p"), "client_certificate": certificate, "client_key": key, "ca_certificate": certificate}, nil},
		"unknown certificate":         {map[string]attr.Value{"client_certificate": unknown, "client_key": key, "ca_certificate": unknown}, nil},
		"basic and token": {map[string]attr.Value{"username": text1("u"), "password": text1("p"), "token": text1("t")},
			[]string{"token: username and token are both set"}},
		"basic and aws": {map[string]attr.Value{"username": text1("u"), "password": text1("p"), "aws": region},
			[]string{"aws: username and aws are both set"}},
		"unknown token and aws": {map[string]attr.Value{"token": unknown, "aws": region}, []string{"aws: token and aws are both set"}},
		"no password":           {map[string]attr.Value{"username": text1("u")}, []string{"username: username is set without password"}},
		"no user":               {map[string]attr.Value{"password": text1("p")}, []string{"password: password is set without username"}},
		"no key":                {map[string]attr.Value{"client_certificate": certificate}, []string{"client_certificate: client_certificate is set without client_key"}},
		"not checked": {map[string]attr.Value{"insecure_skip_verify": types.BoolValue(true)},
			[]string{"insecure_skip_verify: insecure_skip_verify is true, so whoever is between Terraform and the cluster"}},
		"checked": {map[string]attr.Value{"insecure_skip_verify": types.BoolValue(false)}, nil},
		"authority, not checked": {map[string]attr.Value{"ca_certificate": certificate, "insecure_skip_verify": types.BoolValue(true)},
			[]string{"insecure_skip_verify: ca_certificate is set, and insecure_skip_verify = true would turn it off"}},
		"half a key": {map[string]attr.Value{"aws": awsObject(t, map[string]attr.Value{"access_key": text1("a"), "session_token": text1("s")})},
			[]string{"aws.access_key: access_key is set without secret_key"}},
		"token without key": {map[string]attr.Value{"aws": awsObject(t, map[string]attr.Value{"session_token": text1("s")})},
			[]string{"aws.session_token: session_token is set without access_key"}},
		"profile and key": {map[string]attr.Value{"aws": awsObject(t, map[string]attr.Value{"access_key": text1("a"), "secret_key": text1("s"), "profile": text1("p")})},
			[]string{"aws.profile: profile and access_key are both set"}},
		"external id without role": {map[string]attr.Value{"aws": awsObject(t, map[string]attr.Value{"external_id": text1("e")})},
			[]string{"aws.external_id: external_id is set without role_arn"}},
		"a file name for an authority": {map[string]attr.Value{"ca_certificate": text1("ca.pem")},
			[]string{"ca_certificate: ca_certificate holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file."}},
		"a key for a certificate": {map[string]attr.Value{"client_certificate": key, "client_key": key}, []string{"client_certificate: client_certificate holds no certificate in PEM"}},
		"a certificate that is cut": {map[string]attr.Value{"ca_certificate": text1(cut)},
			[]string{"ca_certificate: ca_certificate holds no certificate that can be read: x509: malformed certificate."}},
		"a bundle with one that cannot be read": {map[string]attr.Value{"ca_certificate": text1(cut + plainText(certificate))}, nil},
		"the key of another certificate": {map[string]attr.Value{"client_certificate": certificate, "client_key": anotherKey},
			[]string{"client_key: client_key is not the private key of client_certificate, in PEM: private key does not match public key."}},
		"no address": {map[string]attr.Value{"url": text1("paris.example.com:9200")}, []string{"url: url is not the address of a cluster: it is not of the form https://HOST:PORT."}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.set["url"] == nil {
				c.set["url"] = url
			}
			var resp validator.ObjectResponse
			at := path.Root("clusters").AtMapKey("paris")
			clusterAccess{}.ValidateObject(t.Context(), validator.ObjectRequest{Path: at, ConfigValue: clusterObject(t, c.set)}, &resp)
			var got []string
			for _, d := range resp.Diagnostics {
				where := ""
				if p, ok := d.(interface{ Path() path.Path }); ok {
					where = strings.TrimPrefix(p.Path().String(), at.String()+".")
				}
				detail, named := strings.CutPrefix(d.Detail(), `Cluster "paris": `)
				if !named {
					t.Errorf("the message does not name the cluster: %s", d.Detail())
				}
				got = append(got, where+": "+detail)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, want) }) {
					t.Errorf("got %q, want one that begins with %q", got, want)
				}
			}
		})
	}
}

func TestClusters_AddressIsChecked(t *testing.T) {
	for address, want := range map[string]string{
		"https://paris.example.com:9200":      "",
		"http://127.0.0.1:9200/search":        "",
		"paris.example.com:9200":              "https://HOST:PORT",
		"https://u:hidden@paris.example.com":  "set username and password instead",
		"https://u:hid den@paris.example.com": "https://HOST:PORT",
		"https://paris.example.com?x=1":       "query",
		"https://paris.example.com//":         "",
		"https://paris.example.com//search":   "its path has a part that is empty",
		"https://paris.example.com/../search": "its path has a part that is empty or has only dots",
	} {
		err := checkClusterURL(address)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hid") {
			t.Errorf("%s: the message has the password: %v", address, err)
		}
	}
}

// What is missing says what to set; what is not known yet is not an error.
func TestClusters_Lookup(t *testing.T) {
	url := func(v attr.Value) types.Object { return clusterObject(t, map[string]attr.Value{"url": v}) }
	known := url(text1("https://paris.example.com:9200"))
	configured := types.MapValueMust(known.Type(t.Context()), map[string]attr.Value{
		"paris": known, "later": url(types.StringUnknown()), "whole": types.ObjectUnknown(known.AttributeTypes(t.Context())),
		"signed": clusterObject(t, map[string]attr.Value{"url": text1("https://x:1"), "aws": awsObject(t, map[string]attr.Value{"region": types.StringUnknown()})}),
		"broken": clusterObject(t, map[string]attr.Value{"url": text1("https://x:1"), "ca_certificate": text1("no PEM")}),
	})
	for name, want := range map[string]struct {
		unknown bool
		says    string
	}{
		"paris":  {},
		"later":  {unknown: true},
		"whole":  {unknown: true},
		"signed": {unknown: true},
		"broken": {says: "ca_certificate holds no certificate in PEM"},
		"rome":   {says: `does not define cluster "rome" (it defines broken, later, paris, signed, whole). Add clusters = { rome = { url =`},
	} {
		reader, err := newClusters(configured).reader(t.Context(), name)
		switch {
		case want.unknown:
			if !errors.Is(err, ErrNotKnown) {
				t.Errorf("%s: got %v, want that it is not known", name, err)
			}
		case want.says != "":
			if err == nil || !strings.Contains(err.Error(), want.says) {
				t.Errorf("%s: got %v, want %q", name, err, want.says)
			}
		case err != nil || reader == nil:
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newClusters(types.MapUnknown(known.Type(t.Context()))).reader(t.Context(), "paris"); !errors.Is(err, ErrNotKnown) {
		t.Errorf("unknown clusters: got %v, want that they are not known", err)
	}
	if _, err := newClusters(types.MapNull(known.Type(t.Context()))).reader(t.Context(), "paris"); err == nil || !strings.Contains(err.Error(), "it defines no clusters") {
		t.Errorf("no clusters: got %v", err)
	}
}

// certificateAndKey makes a certificate of its own, in PEM.
func certificateAndKey(t *testing.T) (certificate, key attr.Value) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	inPEM := func(kind string, block []byte) attr.Value {
		return text1(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: block})))
	}
	return inPEM("CERTIFICATE", raw), inPEM("PRIVATE KEY", encoded)
}

func nullOf(t *testing.T, kind attr.Type) tftypes.Value {
	t.Helper()
	return tftypes.NewValue(kind.TerraformType(t.Context()), nil)
}
