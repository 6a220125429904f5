// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// ClustersAttribute is the provider's clusters.
func ClustersAttribute() schema.Attribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "The OpenSearch clusters that index-level resources work on, each under the name by which they refer to it. Needed by those resources only. " +
			"Set one authentication method for each cluster: basic authentication, a bearer token or AWS signatures. A client certificate can be used with any of them.",
		Validators: []validator.Map{attribute.NoNulls(), mapvalidator.KeysAre(attribute.Grammar("the name of a cluster", checkClusterName)...)},
		NestedObject: schema.NestedAttributeObject{
			Validators: []validator.Object{clusterAccess{}},
			Attributes: map[string]schema.Attribute{
				"url": schema.StringAttribute{Required: true,
					MarkdownDescription: "Address of the cluster without credentials, such as `https://paris.example.com:9200`."},
				"username": schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: "User of basic authentication. Needed with `password`."},
				"password": schema.StringAttribute{Optional: true, Validators: notEmpty, Sensitive: true, MarkdownDescription: "Password of basic authentication. Needed with `username`."},
				"token":    schema.StringAttribute{Optional: true, Validators: notEmpty, Sensitive: true, MarkdownDescription: "Bearer token, sent in the header `Authorization`. Default: none."},
				"client_certificate": schema.StringAttribute{Optional: true,
					MarkdownDescription: "Client certificate in PEM, with intermediate certificates behind it. Needed with `client_key`. Default: none."},
				"client_key": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Private key of the client certificate, in PEM. Needed with `client_certificate`."},
				"ca_certificate": schema.StringAttribute{Optional: true,
					MarkdownDescription: "Certificates in PEM of the authorities that the cluster's certificate is checked against. Default: those of the system."},
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
			"With `role_arn` they are used to assume that role. Default: requests are not signed.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: "AWS region, such as `eu-west-3`. Default: what the AWS SDK finds in environment or profile."},
			"service": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf("es", "aoss")},
				MarkdownDescription: "`es` for a domain of Amazon OpenSearch Service, `aoss` for Serverless. Default `es`."},
			"profile":       schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: "Profile of the shared AWS files. Default: what the AWS SDK chooses (`AWS_PROFILE`, or `default`)."},
			"role_arn":      schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.RegexMatches(roleARN(), "must be of the form arn:aws:iam::ACCOUNT:role/NAME")}, MarkdownDescription: "ARN of a role to assume, such as `arn:aws:iam::123456789012:role/replication`. Default: none is assumed."},
			"external_id":   schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: "External ID that the role of `role_arn` requires. Default: none is sent."},
			"access_key":    schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: "Access key ID. Needed with `secret_key`. Default: what the AWS SDK finds."},
			"secret_key":    schema.StringAttribute{Optional: true, Validators: notEmpty, Sensitive: true, MarkdownDescription: "Secret access key. Needed with `access_key`."},
			"session_token": schema.StringAttribute{Optional: true, Validators: notEmpty, Sensitive: true, MarkdownDescription: "Session token. Needed with temporary credentials only."},
		},
	}
}

// notEmpty is for credentials: an empty one would count as not set, and a request
// would go out without those that the user means to give.
var notEmpty = attribute.NotEmpty()

var roleARN = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^arn:[a-z0-9-]+:iam::\d{12}:role/\S+$`) })

// checkClusterName refuses what an import id, CLUSTER/NAME, cannot hold.
func checkClusterName(name string) error {
	if name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("cluster name %q must not be empty and must not have a slash", name)
	}
	return nil
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
	case strings.Trim(u.EscapedPath(), "/") != "" && !replication.IsStraight(strings.TrimRight(u.EscapedPath(), "/")):
		return fmt.Errorf("its path has a part that is empty or has only dots")
	}
	return nil
}
