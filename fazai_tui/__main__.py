"""Let `python -m fazai_tui` be `fazai`."""

from fazai_tui.cli import main

if __name__ == "__main__":
    main()
