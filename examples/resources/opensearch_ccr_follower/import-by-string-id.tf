import {
  to = opensearch_ccr_follower.eu
  id = "acme/search-eu"
}
