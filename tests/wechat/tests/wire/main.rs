//! The stand-in seen from outside: over its sockets, as a client of the platform sees it.

