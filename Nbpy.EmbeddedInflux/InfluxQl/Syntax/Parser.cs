namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>Recursive descent over InfluxQL; the errors are worded as InfluxDB 1.x words them.</summary>
internal sealed partial class Parser
{
    private readonly string _text;
    private readonly Lexer _lexer;
    private readonly IReadOnlyDictionary<string, object?> _parameters;
    private Token _token;
    private int _lastEnd;
    private Token _last;
    private bool _lastWasWord;
    private bool _soughtRegex;

    private Parser(string text, IReadOnlyDictionary<string, object?> parameters)
    {
        _text = text;
        _lexer = new Lexer(text);
        _parameters = parameters;
        _token = TokenAt(0);
    }

    /// <summary>Parses statements separated by <c>;</c>.</summary>
    /// <exception cref="InfluxQlParseException">The text is not InfluxQL.</exception>
    public static IReadOnlyList<Statement> Parse(string text, IReadOnlyDictionary<string, object?> parameters)
    {
        var parser = new Parser(text, parameters);
        var statements = new List<Statement>();
        while (true)
        {
            while (parser.Accept(";"))
            {
            }

            if (parser._token.Kind == TokenKind.EndOfFile)
                return statements;
            var start = parser._token.Offset;
            var statement = parser.Statement();
            statements.Add(statement with { Text = text[start..Math.Max(start, parser._lastEnd)] });
            if (parser._token.Kind != TokenKind.EndOfFile && !parser._token.Is(";"))
                throw parser.Expected(";");
        }
    }

    private Statement Statement()
    {
        if (Accept("SELECT"))
            return Select(false);
        if (Accept("SHOW"))
            return Show();
        if (Accept("CREATE"))
            return Create();
        if (Accept("ALTER"))
        {
            Require("RETENTION");
            Require("POLICY");
            return Policy(false);
        }

        if (Accept("DROP"))
            return Drop();
        if (Accept("DELETE"))
            return Delete(false);
        if (Accept("GRANT"))
            return Grant(false);
        if (Accept("REVOKE"))
            return Grant(true);
        if (Accept("SET"))
            return SetPassword();
        if (Accept("KILL"))
            return Kill();
        if (Accept("EXPLAIN"))
        {
            var analyze = Accept("ANALYZE");
            Require("SELECT");
            return new ExplainStatement(Select(false), analyze);
        }

        throw Expected("SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL");
    }

    // After KILL.
    private KillQueryStatement Kill()
    {
        Require("QUERY");
        var id = Integer();
        return new KillQueryStatement(id, Accept("ON") ? Identifier() : "");
    }

    private Token Advance()
    {
        var token = _token;
        _lastEnd = token.End;
        _lastWasWord = token.Kind is TokenKind.Keyword or TokenKind.Identifier or TokenKind.Parameter && !token.Quoted || token.Bound;
        _last = token;
        _token = TokenAt(token.End);
        return token;
    }

    private bool Accept(string symbolOrKeyword)
    {
        if (!_token.Is(symbolOrKeyword))
            return false;
        Advance();
        return true;
    }

    private bool AcceptName(string lowerCase)
    {
        if (_token.Kind != TokenKind.Identifier || _token.Quoted || !_token.Text.Equals(lowerCase, StringComparison.OrdinalIgnoreCase))
            return false;
        Advance();
        return true;
    }

    private void Require(string symbolOrKeyword)
    {
        if (!Accept(symbolOrKeyword))
            throw Expected(symbolOrKeyword);
    }

    // When "/" comes next, reads it as the begin of a regular expression.
    private RegexLiteral? AcceptRegex()
    {
        _soughtRegex |= _token.Kind == TokenKind.EndOfFile;
        if (_token.Kind != TokenKind.Regex && !_token.Is("/"))
            return null;
        var regex = _token.Kind == TokenKind.Regex ? _token
            : _lexer.RegexAt(_token.Offset) ?? throw ErrorAt("bad regex: ", _token with { Offset = _token.Offset - 1 });
        if (GoRegex.Error(regex.Text) is { } wrong)
            throw ErrorAt(wrong, regex);

        _token = TokenAt(regex.End);
        _lastEnd = regex.End;
        _lastWasWord = false;
        return new RegexLiteral(regex.Text);
    }

    private string Identifier()
    {
        return _token.Kind == TokenKind.Identifier ? Advance().Text : throw Expected("identifier");
    }

    private long Integer()
    {
        if (_token.Kind != TokenKind.Integer)
            throw Expected("integer");
        return long.TryParse(_token.Text, out var n) ? AdvanceWith(n) : throw Error("unable to parse integer");
    }

    private T AdvanceWith<T>(T value)
    {
        Advance();
        return value;
    }

    /// <summary>The token at or after an offset; a bind parameter is what it stands for, wherever it is.</summary>
    private Token TokenAt(int offset)
    {
        var token = _lexer.At(offset);
        return token.Kind == TokenKind.Parameter && _parameters.TryGetValue(token.Text[1..], out var value) ? BoundValue.Of(value).Token(token) : token;
    }

    // A parameter without a value, or with one that cannot be bound.
    private InfluxQlParseException Unbound()
    {
        var name = _token.Text.StartsWith('$') ? _token.Text[1..] : _token.Text;
        return Error(name.Length == 0 ? "empty bound parameter" : "missing parameter: " + name);
    }

    private InfluxQlParseException Expected(string what) => Expected(what, _token);

    private InfluxQlParseException Expected(string what, Token token) => ErrorAt($"found {token.Shown}, expected {what}", token);

    private InfluxQlParseException ErrorAt(string message, Token token)
    {
        // InfluxDB's own counting: the end is one past the last token, and two where it has read on to the end before, for a word's end or
        // a regular expression's begin; a string begins before its quote.
        var offset = token.Kind switch
        {
            TokenKind.EndOfFile => _lastEnd + (_lastWasWord || _soughtRegex ? 1 : 0),
            TokenKind.String or TokenKind.Regex when !token.Bound => token.Offset - 1,
            TokenKind.BadString when token.Quoted => token.Offset - 1,
            _ => token.Offset,
        };
        var (line, character) = _lexer.Place(offset);
        return Error($"{message} at line {line}, char {character}");
    }

    private static InfluxQlParseException Error(string message) => new("error parsing query: " + message);
}
