using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

/// <summary>Statements as InfluxDB writes them back: in messages, in SHOW QUERIES and SHOW CONTINUOUS QUERIES. A password is never
/// shown.</summary>
internal static partial class StatementText
{
    private const string Redacted = "[REDACTED]";
    private const int MaxDigits = 330;

    public static string Of(Statement statement) => statement switch
    {
        SelectStatement s => Select(s),
        ExplainStatement e => (e.Analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ") + Select(e.Select),
        ShowStatement s => Show(s),
        CreateDatabaseStatement c => "CREATE DATABASE " + Identifier(c.Name) + Database(c.Policy),
        DropDatabaseStatement d => "DROP DATABASE " + Identifier(d.Name),
        RetentionPolicyStatement p => Policy(p),
        DropRetentionPolicyStatement d => $"DROP RETENTION POLICY {Identifier(d.Name)} ON {Identifier(d.Database)}",
        DropMeasurementStatement d => "DROP MEASUREMENT " + Identifier(d.Name),
        DropShardStatement d => string.Create(CultureInfo.InvariantCulture, $"DROP SHARD {d.Id}"),
        CreateSubscriptionStatement c => $"CREATE SUBSCRIPTION {Identifier(c.Name)} ON {Identifier(c.Database)}.{Identifier(c.Policy)}"
            + $" DESTINATIONS {c.Mode} {string.Join(", ", c.Destinations.Select(String))}",
        DropSubscriptionStatement d => $"DROP SUBSCRIPTION {Identifier(d.Name)} ON {Identifier(d.Database)}.{Identifier(d.Policy)}",
        DeleteStatement d => (d.Series ? "DROP SERIES" : "DELETE") + From(d.Sources) + Where(d.Where),
        CreateUserStatement c => $"CREATE USER {Identifier(c.Name)} WITH PASSWORD {Redacted}{(c.Admin ? " WITH ALL PRIVILEGES" : "")}",
        DropUserStatement d => "DROP USER " + Identifier(d.Name),
        SetPasswordStatement s => $"SET PASSWORD FOR {Identifier(s.Name)} = {Redacted}",
        GrantStatement g => $"{(g.Revoke ? "REVOKE" : "GRANT")} {g.Privilege.Words()}"
            + (g.Database is null ? "" : " ON " + Identifier(g.Database)) + (g.Revoke ? " FROM " : " TO ") + Identifier(g.User),
        CreateContinuousQueryStatement c => ContinuousQuery(c),
        DropContinuousQueryStatement d => $"DROP CONTINUOUS QUERY {Identifier(d.Name)} ON {Identifier(d.Database)}",
        KillQueryStatement k => string.Create(CultureInfo.InvariantCulture, $"KILL QUERY {k.Id}") + (k.Host.Length > 0 ? " ON " + Identifier(k.Host) : ""),
        _ => statement.Text,
    };

    /// <summary>A name, in quotes where it must be.</summary>
    public static string Identifier(string name) => Lexer.NeedsQuotes(name) ? Quoted(name) : name;

    public static string Of(Expr expr) => expr switch
    {
        VarRef v => Identifier(v.Name) + (v.Cast is null ? "" : "::" + v.Cast),
        Call c => $"{c.Name}({string.Join(", ", c.Args.Select(Of))})",
        Paren p => $"({Of(p.Inner)})",
        Binary b => $"{Of(b.Left)} {b.Op} {Of(b.Right)}",
        DurationLiteral d => Durations.Ql(d.Nanoseconds),
        RegexLiteral r => $"/{r.Pattern.Replace("/", "\\/", StringComparison.Ordinal)}/",
        Literal { Value: string s } => String(s),
        Literal { Value: bool b } => b ? "true" : "false",
        Literal { Value: double d } => Number(d),
        Literal l => Convert.ToString(l.Value, CultureInfo.InvariantCulture)!,
        Wildcard w => w.Kind is null ? "*" : "*::" + w.Kind,
        _ => "",
    };

    // InfluxDB 1.8 writes three digits and loses the others, and a kept continuous query would compute with what was lost:
    // here three, or as many as the number needs.
    private static string Number(double value)
    {
        for (var digits = 3; ; digits++)
        {
            var text = value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (digits > MaxDigits || double.Parse(text, CultureInfo.InvariantCulture).Equals(value))
                return text;
        }
    }

    private static string Quoted(string name) => "\"" + Escaped(name).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string String(string text) => "'" + Escaped(text).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string GroupBy(IReadOnlyList<Expr> dimensions) =>
        dimensions.Count == 0 ? "" : " GROUP BY " + string.Join(", ", dimensions.Select(Of));

    private static string Select(SelectStatement s)
    {
        var text = new StringBuilder("SELECT ").AppendJoin(", ", s.Fields.Select(f => Of(f.Expr) + (f.Alias is null ? "" : " AS " + Identifier(f.Alias))));
        if (s.Into is not null)
            text.Append(" INTO ").Append(Of(s.Into, true));
        text.Append(From(s.Sources)).Append(Where(s.Where));
        text.Append(GroupBy(s.Dimensions));
        text.Append(s.Fill switch
        {
            FillKind.None => " fill(none)",
            FillKind.Previous => " fill(previous)",
            FillKind.Linear => " fill(linear)",
            FillKind.Number => " fill(" + Convert.ToString(s.FillValue, CultureInfo.InvariantCulture) + ")",
            _ => "",
        });
        if (s.Descending)
            text.Append(" ORDER BY time DESC");
        Count(text, "LIMIT", s.Limit);
        Count(text, "OFFSET", s.Offset);
        Count(text, "SLIMIT", s.SeriesLimit);
        Count(text, "SOFFSET", s.SeriesOffset);
        if (!s.Zone.Equals(TimeZoneInfo.Utc))
            text.Append(CultureInfo.InvariantCulture, $" TZ('{s.Zone.Id}')");
        return text.ToString();
    }

    private static void Count(StringBuilder text, string word, long? count)
    {
        if (count > 0)
            text.Append(CultureInfo.InvariantCulture, $" {word} {count}");
    }

    private static string From(IReadOnlyList<Source> sources) =>
        sources.Count == 0 ? "" : " FROM " + string.Join(", ", sources.Select(s => s is SubquerySource q ? $"({Select(q.Select)})" : Of((MeasurementSource)s, false)));

    private static string Of(MeasurementSource m, bool target)
    {
        var before = (m.Database is null ? "" : Identifier(m.Database) + ".") + (m.Policy is null ? "" : Identifier(m.Policy));
        if (before.Length > 0)
            before += ".";
        return before + (m.IsRegex ? Of(new RegexLiteral(m.Name)) : target && m.Name.Length == 0 ? ":MEASUREMENT" : Identifier(m.Name));
    }

    private static string Where(Expr? where) => where is null ? "" : " WHERE " + Of(where);

    private static string ContinuousQuery(CreateContinuousQueryStatement c)
    {
        var resample = (c.ResampleEvery > 0 ? " EVERY " + Durations.Ql(c.ResampleEvery) : "") + (c.ResampleFor > 0 ? " FOR " + Durations.Ql(c.ResampleFor) : "");
        return $"CREATE CONTINUOUS QUERY {Identifier(c.Name)} ON {Identifier(c.Database)}{(resample.Length > 0 ? " RESAMPLE" + resample : "")}"
            + $" BEGIN {Select(c.Select)} END";
    }
}
