#include "cli/commands.hpp"

int main(int argc, char** argv) {
  return hawser::cli::run(argc, argv);
}
