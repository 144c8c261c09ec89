/// What nearly every file of the room includes; compiled once.
#pragma once

#include "actors/generation_mail.hpp"
#include "model/backend.hpp"
#include "model/tokenizer.hpp"
#include "runtime/actor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>
