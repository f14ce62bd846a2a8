using System.Text.RegularExpressions;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    private static readonly (string Words, ShowKind Kind)[] ShowForms =
    [
        ("DATABASES", ShowKind.Databases),
        ("RETENTION POLICIES", ShowKind.RetentionPolicies),
        ("MEASUREMENTS", ShowKind.Measurements),
        ("MEASUREMENT CARDINALITY", ShowKind.MeasurementCardinality),
        ("SERIES CARDINALITY", ShowKind.SeriesCardinality),
        ("SERIES", ShowKind.Series),
        ("TAG KEY CARDINALITY", ShowKind.TagKeyCardinality),
        ("TAG KEYS", ShowKind.TagKeys),
        ("TAG VALUES CARDINALITY", ShowKind.TagValuesCardinality),
        ("TAG VALUES", ShowKind.TagValues),
        ("FIELD KEY CARDINALITY", ShowKind.FieldKeyCardinality),
        ("FIELD KEYS", ShowKind.FieldKeys),
        ("USERS", ShowKind.Users),
        ("QUERIES", ShowKind.Queries),
        ("CONTINUOUS QUERIES", ShowKind.ContinuousQueries),
        ("STATS", ShowKind.Stats),
        ("DIAGNOSTICS", ShowKind.Diagnostics),
        ("SHARDS", ShowKind.Shards),
        ("SHARD GROUPS", ShowKind.ShardGroups),
        ("SUBSCRIPTIONS", ShowKind.Subscriptions),
        ("GRANTS", ShowKind.Grants),
    ];

    // After SHOW.
    private Statement Show()
    {
        var (kind, exact) = ShowForm();
        var show = new ShowStatement(kind) { Exact = exact };
        if (kind == ShowKind.Grants)
        {
            Require("FOR");
            return show with { User = Identifier() };
        }

        if (kind is ShowKind.Stats or ShowKind.Diagnostics)
        {
            return Accept("FOR") ? show with { Module = Text() } : show;
        }

        if (kind is ShowKind.Databases or ShowKind.Users or ShowKind.Queries or ShowKind.ContinuousQueries or ShowKind.Shards
            or ShowKind.ShardGroups or ShowKind.Subscriptions)
        {
            return show;
        }

        if (Accept("ON"))
            show = show with { Database = Identifier() };
        if (kind == ShowKind.RetentionPolicies)
            return show;
        if (kind == ShowKind.Measurements)
        {
            if (Accept("WITH"))
                show = show with { Sources = [WithMeasurement()] };
        }
        else if (Accept("FROM"))
        {
            show = show with { Sources = [.. Sources(false).Cast<MeasurementSource>()] };
        }

        if (kind is ShowKind.TagValues or ShowKind.TagValuesCardinality)
        {
            var (keys, text) = WithKey();
            show = show with { Keys = keys, KeysText = text };
        }

        if (kind != ShowKind.FieldKeys)
            show = show with { Where = Where() };
        var counts = kind is ShowKind.SeriesCardinality or ShowKind.MeasurementCardinality or ShowKind.TagKeyCardinality
            or ShowKind.TagValuesCardinality or ShowKind.FieldKeyCardinality;
        if (counts)
            show = show with { Dimensions = Dimensions() };
        else if (Accept("ORDER"))
            OrderDescending(); // Read and not looked at, as in InfluxDB.
        show = show with { Limit = AcceptCount("LIMIT") };
        show = show with { Offset = AcceptCount("OFFSET") ?? 0 };
        if (kind == ShowKind.TagKeys)
        {
            // Read and not looked at, as in InfluxDB.
            AcceptCount("SLIMIT");
            AcceptCount("SOFFSET");
        }

        return show;
    }

    private (ShowKind Kind, bool Exact) ShowForm()
    {
        var exact = false;
        var forms = ShowForms.Select(f => (Words: f.Words.Split(' '), f.Kind)).ToList();
        for (var depth = 0; ; depth++)
        {
            var done = forms.FirstOrDefault(f => f.Words.Length == depth);
            if (done.Words is not null && (forms.Count == 1 || !forms.Any(f => f.Words.Length > depth && _token.Is(f.Words[depth]))
                && !_token.Is("EXACT")))
            {
                return (done.Kind, exact);
            }

            if (depth > 0 && !exact && forms.Any(f => f.Words.Length == depth + 1 && f.Words[depth] == "CARDINALITY") && Accept("EXACT"))
            {
                exact = true;
                forms.RemoveAll(f => f.Words[^1] != "CARDINALITY");
            }

            var next = forms.Where(f => f.Words.Length > depth && _token.Is(f.Words[depth])).ToList();
            if (next.Count == 0)
            {
                if (!exact && forms is [{ Words: [.., "CARDINALITY"] } only] && only.Words.Length == depth + 1)
                    throw Expected("EXACT, CARDINALITY");
                throw Expected(string.Join(", ", forms.Where(f => f.Words.Length > depth).Select(f => f.Words[depth]).Distinct()
                    .Order(StringComparer.Ordinal)));
            }

            Advance();
            forms = next;
        }
    }

    private MeasurementSource WithMeasurement()
    {
        Require("MEASUREMENT");
        if (Accept("=~"))
            return new MeasurementSource(null, null, (AcceptRegex() ?? throw Expected("regex")).Pattern, true);
        if (!Accept("="))
            throw Expected("=, =~");
        if (AcceptRegex() is { } regex)
            return new MeasurementSource(null, null, regex.Pattern, true);
        return Measurement(false);
    }

    // WITH KEY, and its text.
    private (Func<string, bool> Keys, string Text) WithKey()
    {
        Require("WITH");
        Require("KEY");
        if (Accept("IN"))
        {
            Require("(");
            var keys = new List<string>();
            do
                keys.Add(Identifier());
            while (Accept(","));
            Require(")");
            return (keys.Contains, $"IN ({string.Join(", ", keys.Select(StatementText.Identifier))})");
        }

        foreach (var op in (string[])["=", "!=", "=~", "!~"])
        {
            if (!Accept(op))
                continue;
            if (op.Contains('~', StringComparison.Ordinal))
            {
                var literal = AcceptRegex() ?? throw Expected("regex");
                var regex = new Regex(literal.Pattern, RegexOptions.CultureInvariant);
                return (key => regex.IsMatch(key) == (op == "=~"), op + " " + StatementText.Of(literal));
            }

            var name = Identifier();
            return (key => (key == name) == (op == "="), op + " " + StatementText.Identifier(name));
        }

        throw Expected("IN, =, =~");
    }
}
