import {
  to = opensearch_ccr_connection.london
  identity = {
    cluster = "paris"
    name    = "london"
  }
}
