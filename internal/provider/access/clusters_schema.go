// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"fmt"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// ClustersAttribute is the provider's clusters.
func ClustersAttribute() schema.Attribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "The OpenSearch clusters that index-level resources work on, each under the name by which they refer to it. " +
			"How a cluster is authenticated to is what is set: basic authentication, a bearer token or AWS signatures, one of them, and a client certificate beside any.",
		Validators: []validator.Map{mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1))},
		NestedObject: schema.NestedAttributeObject{
			Validators: []validator.Object{clusterAccess{}},
			Attributes: map[string]schema.Attribute{
				"url": schema.StringAttribute{Required: true, Validators: attribute.Grammar("the address of a cluster", checkClusterURL),
					MarkdownDescription: "Address of the cluster without credentials, such as `https://paris.example.com:9200`."},
				"username": schema.StringAttribute{Optional: true, MarkdownDescription: "User of basic authentication."},
				"password": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Password of basic authentication."},
				"token":    schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Bearer token."},
				"client_certificate": schema.StringAttribute{Optional: true,
					MarkdownDescription: "Client certificate in PEM, with intermediate certificates behind it."},
				"client_key": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Private key of the client certificate, in PEM."},
				"ca_certificate": schema.StringAttribute{Optional: true,
					MarkdownDescription: "Certificates in PEM of the authorities that the cluster's certificate is checked against, instead of the system's."},
				"insecure_skip_verify": schema.BoolAttribute{Optional: true,
					MarkdownDescription: "Whether the cluster's certificate is not checked at all. For trials only. Default `false`."},
				"aws": awsAttribute(),
			},
		},
	}
}

func awsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Signs each request for Amazon's service (SigV4). Credentials are those that are set here, or else what the AWS SDK finds: environment, shared files, the role of the machine. " +
			"With `role_arn` they are used to assume that role.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{Optional: true, MarkdownDescription: "AWS region, such as `eu-west-3`. Default: what the AWS SDK finds in environment or profile."},
			"service": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf("es", "aoss")},
				MarkdownDescription: "`es` for a domain of Amazon OpenSearch Service, `aoss` for Serverless. Default `es`."},
			"profile":       schema.StringAttribute{Optional: true, MarkdownDescription: "Profile of the shared AWS files."},
			"role_arn":      schema.StringAttribute{Optional: true, MarkdownDescription: "Role to assume."},
			"external_id":   schema.StringAttribute{Optional: true, MarkdownDescription: "External ID that the role asks for."},
			"access_key":    schema.StringAttribute{Optional: true, MarkdownDescription: "Access key ID."},
			"secret_key":    schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Secret access key."},
			"session_token": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Session token of temporary credentials."},
		},
	}
}

func checkClusterURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		// What url.Parse says repeats the address, which may hold a password.
		return fmt.Errorf("it is not of the form https://HOST:PORT")
	case u.User != nil:
		return fmt.Errorf("it holds credentials; set username and password instead")
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("it has a query or a fragment")
	}
	return nil
}

// clusterAccess refuses kinds of authentication that exclude one another, and
// halves of one kind.
type clusterAccess struct{}

func (clusterAccess) Description(context.Context) string {
	return "one of basic authentication, bearer token and AWS signatures, each of them whole"
}

func (v clusterAccess) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (clusterAccess) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	attributes := req.ConfigValue.Attributes()
	set := func(name string) bool { return !attributes[name].IsNull() } // unknown is set: it will have a value
	refuse := func(name, summary, detail string) {
		resp.Diagnostics.AddAttributeError(req.Path.AtName(name), summary, detail)
	}
	for _, pair := range [][2]string{{"username", "token"}, {"username", "aws"}, {"token", "aws"}} {
		if set(pair[0]) && set(pair[1]) {
			refuse(pair[1], "Two kinds of authentication", fmt.Sprintf("%s and %s are both set, but a request can carry one kind of authentication. Remove one of them.", pair[0], pair[1]))
		}
	}
	for _, half := range [][2]string{{"username", "password"}, {"password", "username"}, {"client_certificate", "client_key"}, {"client_key", "client_certificate"}} {
		if set(half[0]) && !set(half[1]) {
			refuse(half[0], "Half of an authentication", fmt.Sprintf("%s is set without %s. Set both or neither.", half[0], half[1]))
		}
	}
	if skip, ok := attributes["insecure_skip_verify"].(types.Bool); ok && skip.ValueBool() && set("ca_certificate") {
		refuse("insecure_skip_verify", "Certificate is to be checked and not to be checked", "ca_certificate is set, and insecure_skip_verify = true would turn it off. Remove one of them.")
	}
	validateAWS(req.Path.AtName("aws"), attributes["aws"], resp)
}

func validateAWS(at path.Path, value attr.Value, resp *validator.ObjectResponse) {
	object, ok := value.(types.Object)
	if !ok || object.IsNull() || object.IsUnknown() {
		return
	}
	attributes := object.Attributes()
	set := func(name string) bool { return !attributes[name].IsNull() }
	refuse := func(name, summary, detail string) {
		resp.Diagnostics.AddAttributeError(at.AtName(name), summary, detail)
	}
	for _, needs := range [][2]string{{"access_key", "secret_key"}, {"secret_key", "access_key"}, {"session_token", "access_key"}, {"external_id", "role_arn"}} {
		if set(needs[0]) && !set(needs[1]) {
			refuse(needs[0], "Incomplete AWS credentials", fmt.Sprintf("%s is set without %s.", needs[0], needs[1]))
		}
	}
	if set("profile") && set("access_key") {
		refuse("profile", "Two sources of AWS credentials", "profile and access_key are both set. Remove one of them.")
	}
}
