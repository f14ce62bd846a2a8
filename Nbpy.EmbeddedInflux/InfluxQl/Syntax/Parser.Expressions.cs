using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    private static readonly string[] Comparisons = ["=", "!=", "=~", "!~", "<", "<=", ">", ">="];

    private static readonly string[][] Levels =
    [
        ["OR"], ["AND"], Comparisons, ["+", "-", "|", "^"], ["*", "/", "%", "&"],
    ];

    /// <summary>Deepest nesting of parentheses, calls, signs and subqueries; what recurses must not reach the stack's end.</summary>
    private const int MaxDepth = 200;

    /// <summary>Most operators of one text: a chain of them is a tree as deep as it is long.</summary>
    private const int MaxOperators = 2_000;

    private int _depth;
    private int _operators;

    private void Enter()
    {
        if (++_depth > MaxDepth)
            throw new InfluxQlParseException($"the query is nested deeper than {MaxDepth} levels");
    }

    private Expr Expression(int level = 0)
    {
        if (level == Levels.Length)
            return Unary();
        var left = Expression(level + 1);
        while (Levels[level].FirstOrDefault(_token.Is) is { } op)
        {
            Advance();
            if (++_operators > MaxOperators)
                throw new InfluxQlParseException($"the query has more than {MaxOperators} operators; a regular expression takes the place of many ORs");
            Expr right;
            if (op is "=~" or "!~")
                right = AcceptRegex() ?? throw Expected("regex");
            else
                right = Expression(level + 1);
            left = new Binary(op, left, right);
        }

        return left;
    }

    private Expr Unary()
    {
        Enter();
        var expression = UnaryInside();
        _depth--;
        return expression;
    }

    private Expr UnaryInside()
    {
        if (Accept("("))
        {
            var inner = Expression();
            Require(")");
            return new Paren(inner);
        }

        var minus = _token.Is("-");
        if (minus || _token.Is("+"))
        {
            Advance();
            var operand = Unary();
            if (!minus)
                return operand;
            return operand switch
            {
                Literal { Value: long n } => new Literal(-n),
                Literal { Value: double d } => new Literal(-d),
                DurationLiteral d => new DurationLiteral(-d.Nanoseconds),
                _ => new Binary("*", new Literal(-1L), operand),
            };
        }

        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.String:
                return AdvanceWith(new Literal(token.Text));
            case TokenKind.Integer:
                return AdvanceWith(new Literal(WholeNumber(token)));
            case TokenKind.Number:
                return AdvanceWith(new Literal(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Duration:
                return AdvanceWith(new DurationLiteral(Duration(token.Text)));
            case TokenKind.Parameter:
                throw Unbound();
            case TokenKind.Regex:
                return AcceptRegex()!;
            case TokenKind.Keyword when token.Text is "TRUE" or "FALSE":
                return AdvanceWith(new Literal(token.Text == "TRUE"));
            case TokenKind.Keyword when token.Text == "DISTINCT":
                return Distinct();
            case TokenKind.Symbol when token.Text == "*":
                Advance();
                return new Wildcard(WildcardKind());
            case TokenKind.Identifier:
                return NameOrCall();
            default:
                throw Expected("identifier, string, number, bool");
        }
    }

    private Expr NameOrCall()
    {
        var token = Advance();
        if (!token.Quoted && _token.Is("(") && _token.Offset == token.End)
            return new Call(token.Text.ToLowerInvariant(), Arguments());

        var name = token.Text;
        while (_token.Is(".") && _token.Offset == _lastEnd)
        {
            Advance();
            name += "." + Identifier();
        }

        return new VarRef(name, Accept("::") ? Cast() : null);
    }

    private List<Expr> Arguments()
    {
        Require("(");
        var args = new List<Expr>();
        if (!_token.Is(")"))
        {
            do
                args.Add(AcceptRegex() ?? Expression());
            while (Accept(","));
        }

        Require(")");
        return args;
    }

    private Call Distinct()
    {
        Advance();
        if (_token.Is("("))
            return new Call("distinct", Arguments());
        return _token.Offset > _lastEnd ? new Call("distinct", [new VarRef(Identifier())]) : throw Expected("(, identifier");
    }

    private string? WildcardKind()
    {
        if (!Accept("::"))
            return null;
        var kind = Cast();
        return kind is "field" or "tag" ? kind : throw Error("invalid wildcard type");
    }

    private string Cast()
    {
        if (_token.Is("FIELD") || _token.Is("TAG"))
            return Advance().Text.ToLowerInvariant();
        var name = _token.Kind == TokenKind.Identifier ? _token.Text.ToLowerInvariant() : "";
        if (name is "float" or "integer" or "string" or "boolean" or "unsigned")
            return AdvanceWith(name);
        throw Expected(_token.Kind == TokenKind.Identifier ? "float, integer, unsigned, string, boolean, field, tag" : "float, integer, string, boolean, field, tag");
    }

    // What is too large for a signed integer InfluxDB reads as an unsigned one.
    private object WholeNumber(Token token) => long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole) ? (object)whole
        : ulong.TryParse(token.Text, CultureInfo.InvariantCulture, out var unsigned) ? (double)unsigned
        : throw ErrorAt("unable to parse integer", token);

    private static long Duration(string text) =>
        Durations.Parse(text, out var ns) is { } wrong ? throw Error(wrong) : ns;
}
