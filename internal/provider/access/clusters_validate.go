// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// clusterAccess refuses what is wrong with one of the clusters and needs no
// request: an address, certificates, kinds of authentication that exclude one
// another, and halves of one kind. Terraform shows only the line where clusters
// begins, so each message names the cluster.
type clusterAccess struct{}

func (clusterAccess) Description(context.Context) string {
	return "one of basic authentication, bearer token and AWS signatures, each of them whole"
}

func (v clusterAccess) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (clusterAccess) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	o := configured{at: req.Path, cluster: keyOf(req.Path), attributes: req.ConfigValue.Attributes(), diags: &resp.Diagnostics}
	for _, pair := range [][2]string{{"username", "token"}, {"username", "aws"}, {"token", "aws"}} {
		if o.set(pair[0]) && o.set(pair[1]) {
			o.refuse(pair[1], "Conflicting authentication methods", fmt.Sprintf("%s and %s are both set, but a request can carry one kind of authentication. Remove one of them.", pair[0], pair[1]))
		}
	}
	o.refuseHalves("Incomplete credentials", [][2]string{{"username", "password"}, {"password", "username"}, {"client_certificate", "client_key"}, {"client_key", "client_certificate"}})
	o.checkVerification()
	if address, known := o.text("url"); known {
		if err := checkClusterURL(address); err != nil {
			o.refuse("url", "Invalid value", fmt.Sprintf("url is not the address of a cluster: %v.", err))
		}
	}
	o.checkCertificates()
	o.checkAWS()
}

// checkVerification warns where the certificate of the cluster is not checked.
func (o configured) checkVerification() {
	skip, ok := o.attributes["insecure_skip_verify"].(types.Bool)
	switch {
	case !ok || !skip.ValueBool():
	case o.set("ca_certificate"):
		o.refuse("insecure_skip_verify", "Conflicting certificate settings", "ca_certificate is set, and insecure_skip_verify = true would turn it off. Remove one of them.")
	default:
		object := fmt.Sprintf("cluster %q", o.cluster)
		o.diags.AddAttributeWarning(o.at.AtName("insecure_skip_verify"), "The certificate of "+object+" is not checked",
			fmt.Sprintf("Cluster %q: ", o.cluster)+"insecure_skip_verify is true, so whoever is between Terraform and the cluster can read the credentials and change the answers. "+
				"Set ca_certificate to the certificate of the authority instead.")
	}
}

// checkCertificates reads what is in PEM.
func (o configured) checkCertificates() {
	for _, name := range []string{"ca_certificate", "client_certificate"} {
		if pem, known := o.text(name); known {
			if _, err := certificates(pem); err != nil {
				o.refuse(name, "Invalid certificate", fmt.Sprintf("%s %v.", name, err))
				return
			}
		}
	}
	certificate, hasCertificate := o.text("client_certificate")
	key, hasKey := o.text("client_key")
	if hasCertificate && hasKey {
		if _, err := keyPair(certificate, key); err != nil {
			o.refuse("client_key", "Key does not match the certificate", fmt.Sprintf("client_key %v.", err))
		}
	}
}

func (o configured) checkAWS() {
	object, ok := o.attributes["aws"].(types.Object)
	if !ok || object.IsNull() || object.IsUnknown() {
		return
	}
	a := configured{at: o.at.AtName("aws"), cluster: o.cluster, attributes: object.Attributes(), diags: o.diags}
	a.refuseHalves("Incomplete AWS credentials", [][2]string{{"access_key", "secret_key"}, {"secret_key", "access_key"}, {"session_token", "access_key"}, {"external_id", "role_arn"}})
	if a.set("profile") && a.set("access_key") {
		a.refuse("profile", "Conflicting AWS credentials", "profile and access_key are both set. Remove one of them.")
	}
}

// configured is an object of the configuration of one cluster.
type configured struct {
	at         path.Path
	cluster    string
	attributes map[string]attr.Value
	diags      *diag.Diagnostics
}

// set reports whether an attribute is set. One that is unknown will have a value.
func (o configured) set(name string) bool { return !o.attributes[name].IsNull() }

// text is the value of an attribute where it is known.
func (o configured) text(name string) (value string, known bool) {
	text, ok := o.attributes[name].(types.String)
	return text.ValueString(), ok && !text.IsNull() && !text.IsUnknown()
}

func (o configured) refuse(name, summary, detail string) {
	o.diags.AddAttributeError(o.at.AtName(name), summary, fmt.Sprintf("Cluster %q: %s", o.cluster, detail))
}

// refuseHalves refuses each first attribute that is set without its second.
func (o configured) refuseHalves(summary string, halves [][2]string) {
	for _, half := range halves {
		if o.set(half[0]) && !o.set(half[1]) {
			o.refuse(half[0], summary, fmt.Sprintf("%s is set without %s. Set %s too, or remove %s.", half[0], half[1], half[1], half[0]))
		}
	}
}

// keyOf is the key of the map element that a path ends with.
func keyOf(at path.Path) string {
	steps := at.Steps()
	if len(steps) == 0 {
		return ""
	}
	key, _ := steps[len(steps)-1].(path.PathStepElementKeyString)
	return string(key)
}
