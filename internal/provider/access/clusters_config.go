// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/opensearch-project/opensearch-go/v2/signer"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// config turns what is configured into how the cluster is reached.
func (m clusterModel) config(ctx context.Context) (replication.Config, error) {
	for _, v := range []attr.Value{m.URL, m.Username, m.Password, m.Token, m.ClientCertificate, m.ClientKey, m.CACertificate, m.InsecureSkipVerify, m.AWS} {
		if v.IsUnknown() {
			return replication.Config{}, ErrNotKnown
		}
	}
	if err := checkClusterURL(m.URL.ValueString()); err != nil { // it may have been unknown when it was validated
		return replication.Config{}, fmt.Errorf("url: %w", err)
	}
	cfg := replication.Config{URL: m.URL.ValueString(), Username: m.Username.ValueString(), Password: m.Password.ValueString(),
		Token: m.Token.ValueString(), Log: LogRequest}
	var err error
	if cfg.Transport, err = m.transport(); err != nil {
		return cfg, err
	}
	if !m.AWS.IsNull() {
		cfg.Signer, err = m.signer(ctx)
	}
	return cfg, err
}

// transport has the certificates of both sides.
func (m clusterModel) transport() (http.RoundTripper, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: m.InsecureSkipVerify.ValueBool()} //nolint:gosec // the user asked for it
	if !m.CACertificate.IsNull() {
		authorities, err := certificates(m.CACertificate.ValueString())
		if err != nil {
			return nil, fmt.Errorf("ca_certificate %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		for _, authority := range authorities {
			settings.RootCAs.AddCert(authority)
		}
	}
	if !m.ClientCertificate.IsNull() {
		if _, err := certificates(m.ClientCertificate.ValueString()); err != nil {
			return nil, fmt.Errorf("client_certificate %w", err)
		}
		pair, err := keyPair(m.ClientCertificate.ValueString(), m.ClientKey.ValueString())
		if err != nil {
			return nil, fmt.Errorf("client_key %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the program has replaced Go's HTTP transport")
	}
	transport := base.Clone()
	transport.TLSClientConfig = settings
	transport.MaxIdleConnsPerHost = 16 // Terraform works on ten resources at the same time
	return transport, nil
}

// signer signs requests for Amazon's service. It asks nobody for credentials
// before the first request.
func (m clusterModel) signer(ctx context.Context) (signer.Signer, error) {
	var a awsModel
	if diags := m.AWS.As(ctx, &a, basetypes.ObjectAsOptions{}); diags.HasError() {
		return nil, fmt.Errorf("aws: %s", diags.Errors()[0].Detail())
	}
	for _, v := range []attr.Value{a.Region, a.Service, a.Profile, a.RoleARN, a.ExternalID, a.AccessKey, a.SecretKey, a.SessionToken} {
		if v.IsUnknown() {
			return nil, ErrNotKnown
		}
	}
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(credentialsTime))}
	if region := a.Region.ValueString(); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile := a.Profile.ValueString(); profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if key := a.AccessKey.ValueString(); key != "" {
		options = append(options, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(key, a.SecretKey.ValueString(), a.SessionToken.ValueString())))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("aws: %w", err)
	}
	if loaded.Region == "" {
		return nil, errors.New("aws: no region is known: set aws = { region = … }, or AWS_REGION in the environment")
	}
	if role := a.RoleARN.ValueString(); role != "" {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = "terraform-provider-opensearch"
			if id := a.ExternalID.ValueString(); id != "" {
				o.ExternalID = aws.String(id)
			}
		}))
	}
	service := "es"
	if s := a.Service.ValueString(); s != "" {
		service = s
	}
	return awsSigner{credentials: loaded.Credentials, region: loaded.Region, service: service}, nil
}
