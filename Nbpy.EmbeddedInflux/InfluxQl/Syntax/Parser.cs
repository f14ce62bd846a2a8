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
    private bool _lastWasNumber;

    private Parser(string text, IReadOnlyDictionary<string, object?> parameters)
    {
        _text = text;
        _lexer = new Lexer(text);
        _parameters = parameters;
        _token = _lexer.At(0);
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

    // What follows is not looked at: the statement ends at the next semicolon.
    private UnsupportedStatement Unsupported(string what)
    {
        while (_token.Kind != TokenKind.EndOfFile && !_token.Is(";"))
            Advance();
        return new UnsupportedStatement(what);
    }

    private Token Advance()
    {
        var token = _token;
        _lastEnd = token.End;
        _lastWasNumber = token.Kind is TokenKind.Integer or TokenKind.Number or TokenKind.Duration || token.Is(")");
        _last = token;
        _token = _lexer.At(token.End);
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
        if (_token.Kind == TokenKind.Parameter && _parameters.GetValueOrDefault(_token.Text) is RegexLiteral bound)
        {
            Advance();
            return bound;
        }

        if (_token.Kind != TokenKind.Symbol || _token.Text[0] != '/')
            return null;
        var regex = _lexer.RegexAt(_token.Offset) ?? throw Error("bad regex at line 1, char " + _lexer.Place(_token.Offset).Character);
        if (GoRegex.Error(regex.Text) is { } wrong)
        {
            var (line, character) = _lexer.Place(_token.Offset - 1);
            throw Error($"{wrong} at line {line}, char {character}");
        }

        _token = _lexer.At(regex.End);
        _lastEnd = regex.End;
        return new RegexLiteral(regex.Text);
    }

    private string Identifier()
    {
        if (_token.Kind == TokenKind.Parameter && _parameters.TryGetValue(_token.Text, out var bound) && bound is VarRef reference)
        {
            Advance();
            return reference.Name;
        }

        if (_token.Kind == TokenKind.Parameter && _parameters.TryGetValue(_token.Text, out var value) && value is string name)
        {
            Advance();
            return name;
        }

        return _token.Kind == TokenKind.Identifier ? Advance().Text : throw Expected("identifier");
    }

    private long Integer()
    {
        if (_token.Kind == TokenKind.Parameter && Parameter() is Literal { Value: long bound })
        {
            Advance();
            return bound;
        }

        if (_token.Kind != TokenKind.Integer)
            throw Expected("integer");
        return long.TryParse(_token.Text, out var n) ? AdvanceWith(n) : throw Error("unable to parse integer");
    }

    private T AdvanceWith<T>(T value)
    {
        Advance();
        return value;
    }

    private Expr Parameter()
    {
        if (!_parameters.TryGetValue(_token.Text, out var value))
            throw Error("missing parameter: " + _token.Text);
        return value switch
        {
            int n => new Literal((long)n),
            float f => new Literal((double)f),
            long or double or string or bool => new Literal(value),
            Expr bound => bound,
            null => throw Error("missing parameter: unable to bind parameter with type <nil>"),
            _ => throw Error("unable to bind parameter with type " + value.GetType().Name),
        };
    }

    /// <summary>A parameter as InfluxDB shows it where it must not stand: as what it is bound to.</summary>
    private Token Bound(Token token) => token.Kind != TokenKind.Parameter || !_parameters.TryGetValue(token.Text, out var value) ? token
        : token with
        {
            Kind = TokenKind.Identifier,
            Text = value switch
            {
                bool b => b ? "TRUE" : "FALSE",
                Literal { Value: bool b } => b ? "TRUE" : "FALSE",
                VarRef v => v.Name,
                Expr e => StatementText.Of(e),
                _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
            },
        };

    private InfluxQlParseException Expected(string what) => Expected(what, _token);

    private InfluxQlParseException Expected(string what, Token token)
    {
        // InfluxDB's own counting: the end is one past the last token unless that is a number, a string begins before its quote.
        var offset = token.Kind switch
        {
            TokenKind.EndOfFile => _lastEnd + (_lastWasNumber ? 0 : 1),
            TokenKind.String => token.Offset - 1,
            TokenKind.BadString when token.Quoted => token.Offset - 1,
            _ => token.Offset,
        };
        var (line, character) = _lexer.Place(offset);
        return Error($"found {token.Shown}, expected {what} at line {line}, char {character}");
    }

    private static InfluxQlParseException Error(string message) => new("error parsing query: " + message);
}
