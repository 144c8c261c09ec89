def pytest_addoption(parser):
    parser.addoption("--url", default="", help="a running server to test, instead of starting one")
