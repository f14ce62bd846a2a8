namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    // After SELECT.
    private SelectStatement Select(bool subquery, bool targetRequired = false)
    {
        var fields = new List<Field>();
        do
        {
            var start = _token.Offset;
            var expr = AcceptRegex() ?? Expression();
            if (expr.Flatten().OfType<Binary>().FirstOrDefault(b => b.Op is "AND" or "OR" || Comparisons.Contains(b.Op)) is { } wrong)
            {
                var (line, character) = _lexer.Place(start);
                throw Error($"invalid operator {wrong.Op} in SELECT clause at line {line}, char {character}; operator is intended for WHERE clause");
            }

            fields.Add(new Field(expr, Accept("AS") ? Identifier() : null));
        }
        while (Accept(","));

        MeasurementSource? into = null;
        if (!subquery && Accept("INTO"))
            into = Measurement(true);
        else if (targetRequired)
            throw Expected("INTO");
        Require("FROM");
        var statement = new SelectStatement(fields, Sources(true)) { Into = into, Where = Where() };
        statement = Fill(statement with { Dimensions = Dimensions() });
        if (Accept("ORDER"))
            statement = statement with { Descending = OrderDescending(), Ordered = true };
        statement = statement with { Limit = AcceptCount("LIMIT") };
        statement = statement with { Offset = AcceptCount("OFFSET") ?? 0 };
        statement = statement with { SeriesLimit = AcceptCount("SLIMIT") };
        statement = statement with { SeriesOffset = AcceptCount("SOFFSET") ?? 0 };
        if (AcceptName("tz"))
            statement = statement with { Zone = Zone() };
        return statement;
    }

    private Expr? Where() => Accept("WHERE") ? Expression() : null;

    // GROUP BY, if it is there.
    private List<Expr> Dimensions()
    {
        var dimensions = new List<Expr>();
        if (!Accept("GROUP"))
            return dimensions;
        Require("BY");
        do
            dimensions.Add(AcceptRegex() ?? Expression());
        while (Accept(","));
        return dimensions;
    }

    // LIMIT 0 is no limit.
    private long? AcceptCount(string keyword) => Accept(keyword) && Integer() is var n && n > 0 ? n : null;

    private SelectStatement Fill(SelectStatement statement)
    {
        if (!AcceptName("fill"))
            return statement;
        if (!Accept("("))
            throw Error("fill must be a function call");
        SelectStatement result;
        if (AcceptName("null"))
            result = statement with { Fill = FillKind.Null };
        else if (AcceptName("none"))
            result = statement with { Fill = FillKind.None };
        else if (AcceptName("previous"))
            result = statement with { Fill = FillKind.Previous };
        else if (AcceptName("linear"))
            result = statement with { Fill = FillKind.Linear };
        else if (_token.Is(")"))
            throw Error("fill requires an argument, e.g.: 0, null, none, previous, linear");
        else if ((AcceptRegex() ?? Expression()) is Literal { Value: long or double } number)
            result = statement with { Fill = FillKind.Number, FillValue = number.Value };
        else
            throw Error("expected number argument in fill()");
        Require(")");
        return result;
    }

    private bool OrderDescending()
    {
        Require("BY");
        var descending = false;
        if (!_token.Is("ASC") && !_token.Is("DESC"))
        {
            if (_token.Kind != TokenKind.Identifier)
                throw Expected("identifier, ASC, DESC");
            if (_token.Text != "time")
                throw Error("only ORDER BY time supported at this time");
            Advance();
        }

        if (Accept("DESC"))
            descending = true;
        else
            Accept("ASC");
        if (!_token.Is(","))
            return descending;
        while (Accept(","))
        {
            Identifier();
            if (!Accept("ASC"))
                Accept("DESC");
        }

        throw Error("only ORDER BY time supported at this time");
    }

    private TimeZoneInfo Zone()
    {
        Require("(");
        var name = _token.Kind == TokenKind.String ? Advance().Text : throw Error("expected string argument in tz()");
        Require(")");
        // As Go's time package has them.
        if (name is "" or "Local")
            return TimeZoneInfo.Utc;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : throw Error("unable to find time zone " + name);
    }

    private List<Source> Sources(bool subqueries)
    {
        var sources = new List<Source>();
        do
        {
            if (subqueries && Accept("("))
            {
                Require("SELECT");
                Enter();
                sources.Add(new SubquerySource(Select(true)));
                _depth--;
                Require(")");
            }
            else
            {
                sources.Add(Measurement(false));
            }
        }
        while (Accept(","));
        return sources;
    }

    // name, policy.name, database.policy.name or database..name; the last part may be a regular expression (or :MEASUREMENT in INTO).
    private MeasurementSource Measurement(bool into)
    {
        var parts = new List<string>();
        while (true)
        {
            if (AcceptRegex() is { } regex)
                return Qualified(parts, regex.Pattern, true);
            if (into && parts.Count > 0 && _token.Is(":"))
            {
                Advance();
                Require("MEASUREMENT");
                return Qualified(parts, "", false);
            }

            if (parts.Count > 0 && _token.Is("."))
                parts.Add("");
            else
                parts.Add(Identifier());
            if (parts.Count == 3 || !_token.Is(".") || _token.Offset != _lastEnd)
                return Qualified(parts[..^1], parts[^1], false);
            Advance();
        }
    }

    private static MeasurementSource Qualified(List<string> before, string name, bool regex)
    {
        string? At(int fromEnd) => before.Count >= fromEnd && before[^fromEnd].Length > 0 ? before[^fromEnd] : null;
        return new MeasurementSource(At(2), At(1), name, regex);
    }
}
