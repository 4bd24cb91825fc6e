"""The names under which agents' code knows the skills. Other packages of these names, wherever they
are installed, stay importable beside them."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
