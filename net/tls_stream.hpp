/// A byte stream over TLS over a TCP socket. The handshake is part of the first read.
#pragma once

#include "net/byte_stream.hpp"
#include "net/tls_keeper.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace hawser::net {

/// `send_buffer`: bytes that the system may hold for the peer. Null: there is no memory for it.
[[nodiscard]] std::unique_ptr<byte_stream>
make_tls_stream(boost::asio::ip::tcp::socket socket, int send_buffer, const tls_keeper::context& context);

}  // namespace hawser::net
