"""The program: its command, the application, the display, screenshots."""
