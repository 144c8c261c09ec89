/// What nearly every file of the room includes; compiled once.
#pragma once

#include "runtime/cell.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>
