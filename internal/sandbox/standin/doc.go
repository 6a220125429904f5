// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package standin answers the REST routes of OpenSearch's cross-cluster-replication plugin in front
// of a node that does not have it, and really copies: what is written to the leader node arrives on
// the follower node, by sequence number.
//
// A Plugin belongs to one node, the follower of its replications. It keeps what the plugin keeps in
// the cluster state (replications, rules, settings), one link per leader alias that moves the data,
// and the block that makes a replica read-only. Everything that core OpenSearch answers is passed on to
// the node; where the plugin adds to such an answer (index settings, cluster settings, cluster
// state, tasks) the node's answer is taken and completed.
//
// The facts are those of the recordings of the real plugin in ../recording/testdata, which are
// replayed against it.
//
// Not modelled: the copying of files at the start (documents are copied from the first on, and the
// replica can be searched meanwhile), indices without _source, final ingest pipelines, the gap
// between the first SYNCING and the write block, the close and open of a stop
// (only while it waits for a silent leader is the index closed), the -2 of a shard
// that is not open yet, what leads to FAILED (a test can set it: Plugin.Fail).
package standin
