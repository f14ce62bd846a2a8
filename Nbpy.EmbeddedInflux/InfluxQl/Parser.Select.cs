using System.Globalization;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>SELECT and expressions.</summary>
internal sealed partial class Parser
{
    private const int MaxDepth = 64;

    private Statement ReadSelect()
    {
        var fields = new List<SelectField>();
        do
        {
            var expression = ReadExpression();
            fields.Add(new SelectField(expression, TryWord("AS") ? Identifier() : null));
        }
        while (TrySymbol(","));
        if (Current.IsWord("INTO"))
            return Unsupported("SELECT INTO");
        Expect("FROM");
        if (Current.IsSymbol("("))
            return Unsupported("a subquery");
        var select = new SelectStatement(fields, ReadSources());
        if (TryWord("WHERE"))
            select = select with { Where = ReadExpression() };
        if (TryWord("GROUP"))
        {
            Expect("BY");
            select = ReadGroupBy(select);
        }

        if (TryWord("FILL"))
            select = ReadFill(select);
        if (TryWord("ORDER"))
        {
            Expect("BY");
            if (!Identifier().Equals("time", StringComparison.OrdinalIgnoreCase))
                throw new InfluxQlParseException("only ORDER BY time supported at this time");
            select = select with { Descending = TryWord("DESC") };
            TryWord("ASC");
        }

        if (TryWord("LIMIT"))
            select = select with { Limit = Integer() };
        if (TryWord("OFFSET"))
            select = select with { RowOffset = Integer() };
        if (TryWord("SLIMIT"))
            select = select with { SeriesLimit = Integer() };
        if (TryWord("SOFFSET"))
            select = select with { SeriesOffset = Integer() };
        return Current.IsWord("TZ") ? Unsupported("tz()") : select;
    }

    private SelectStatement ReadGroupBy(SelectStatement select)
    {
        var tags = new List<Expression>();
        do
        {
            var dimension = ReadOperand();
            if (dimension is not Call { Name: "time" } time)
            {
                tags.Add(dimension);
                continue;
            }

            if (time.Args.Count == 0 || time.Args[0] is not DurationLiteral { Ns: > 0 } interval)
                throw new InfluxQlParseException("time dimension must have duration argument");
            var offset = time.Args.Count > 1 ? time.Args[1] switch
            {
                DurationLiteral d => d.Ns,
                Binary { Op: "-", Left: Literal { Value: 0L }, Right: DurationLiteral d } => -d.Ns,
                _ => throw new InfluxQlParseException("time dimension offset must be duration or now()"),
            } : 0;
            select = select with { Interval = interval.Ns, Offset = offset };
        }
        while (TrySymbol(","));
        return select with { GroupBy = tags };
    }

    private SelectStatement ReadFill(SelectStatement select)
    {
        ExpectSymbol("(");
        if (TryWord("null"))
            select = select with { Fill = FillKind.Null };
        else if (TryWord("none"))
            select = select with { Fill = FillKind.None };
        else if (TryWord("previous"))
            select = select with { Fill = FillKind.Previous };
        else if (TryWord("linear"))
            select = select with { Fill = FillKind.Linear };
        else
        {
            var negative = TrySymbol("-");
            if (Current.Kind is not (TokenKind.Integer or TokenKind.Float))
                throw Expected("null, none, previous, linear, number");
            var value = double.Parse(tokens[index++].Text, CultureInfo.InvariantCulture);
            select = select with { Fill = FillKind.Value, FillValue = negative ? -value : value };
        }

        ExpectSymbol(")");
        return select;
    }

    private List<Source> ReadSources()
    {
        var sources = new List<Source>();
        do
        {
            if (Current.Kind == TokenKind.Regex)
            {
                sources.Add(new Source(null, null, null, Regex()));
                continue;
            }

            // m | rp.m | db.rp.m | db..m
            var parts = new List<string?> { Identifier() };
            string? pattern = null;
            while (TrySymbol("."))
            {
                if (Current.Kind == TokenKind.Regex)
                    pattern = Regex();
                else
                    parts.Add(Current.IsSymbol(".") ? null : Identifier());
            }

            if (pattern is not null)
                parts.Add(null);
            sources.Add(parts.Count switch
            {
                1 => new Source(null, null, parts[0], pattern),
                2 => new Source(null, parts[0], parts[1], pattern),
                3 => new Source(parts[0], parts[1], parts[2], pattern),
                _ => throw Expected("at most three parts of a measurement's name"),
            });
        }
        while (TrySymbol(","));
        return sources;
    }

    private Expression ReadExpression(int precedence = 1)
    {
        if (++depth > MaxDepth)
            throw new InfluxQlParseException($"the expression is nested deeper than {MaxDepth}");
        var left = ReadOperand();
        while (Precedence(Current) is var p && p >= precedence)
        {
            var op = tokens[index++].Text.ToUpperInvariant();
            left = new Binary(op, left, ReadExpression(p + 1));
        }

        depth--;
        return left;
    }

    private static int Precedence(Token token) => token.Kind switch
    {
        TokenKind.Word when token.IsWord("OR") => 1,
        TokenKind.Word when token.IsWord("AND") => 2,
        TokenKind.Symbol => token.Text switch
        {
            "=" or "!=" or "<" or "<=" or ">" or ">=" or "=~" or "!~" => 3,
            "+" or "-" => 4,
            "*" or "/" or "%" => 5,
            _ => 0,
        },
        _ => 0,
    };

    private Expression ReadOperand()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Symbol when token.Text == "(":
                index++;
                var inner = ReadExpression();
                ExpectSymbol(")");
                return inner;
            case TokenKind.Symbol when token.Text == "*":
                return Take(new Wildcard(null));
            case TokenKind.Symbol when token.Text is "-" or "+":
                index++;
                var operand = ReadOperand();
                return token.Text == "+" ? operand : operand switch
                {
                    Literal { Value: long v } => new Literal(-v),
                    Literal { Value: double v } => new Literal(-v),
                    _ => new Binary("-", new Literal(0L), operand),
                };
            case TokenKind.Regex:
                return Take(new RegexLiteral(token.Text));
            case TokenKind.String:
                return Take(new Literal(token.Text));
            case TokenKind.Duration:
                return Take(new DurationLiteral(token.Number));
            case TokenKind.Integer:
                return Take(new Literal(long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : throw Expected("a 64-bit integer")));
            case TokenKind.Float:
                return Take(new Literal(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Parameter:
                return parameters.TryGetValue(token.Text, out var value) && value is long or double or string or bool
                    ? Take(new Literal(value))
                    : throw new InfluxQlParseException($"missing parameter: {token.Text}");
            case TokenKind.Word when token.IsWord("true") || token.IsWord("false"):
                return Take(new Literal(token.IsWord("true")));
            case TokenKind.Word when token.IsWord("distinct") && !tokens[index + 1].IsSymbol("("):
                index++;
                return new Call("distinct", [new Reference(Identifier())]);
            case TokenKind.Word or TokenKind.QuotedIdentifier:
                index++;
                if (token.Kind == TokenKind.Word && TrySymbol("("))
                    return ReadCall(token.Text.ToLowerInvariant());
                if (TrySymbol("::"))
                    Identifier();
                return new Reference(token.Text);
            default:
                throw Expected("identifier, string, number, bool");
        }
    }

    private Call ReadCall(string name)
    {
        var args = new List<Expression>();
        while (!TrySymbol(")"))
        {
            args.Add(Current.Kind == TokenKind.Regex ? new Wildcard(Regex()) : ReadExpression());
            if (!TrySymbol(",") && !Current.IsSymbol(")"))
                throw Expected(",, )");
        }

        return new Call(name, args);
    }
}
