def right(given, token):
    return given.encode() == token.encode()


answer = right
