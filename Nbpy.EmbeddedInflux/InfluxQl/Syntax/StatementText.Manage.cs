using System.Globalization;
using System.Text;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal static partial class StatementText
{
    private static string Database(PolicyOptions? options)
    {
        if (options is null)
            return "";
        var text = new StringBuilder(" WITH");
        if (options.Duration is { } duration)
            text.Append(" DURATION ").Append(Durations.Go(TimeSpan.FromTicks(duration / 100)));
        if (options.Replicas is { } replicas)
            text.Append(CultureInfo.InvariantCulture, $" REPLICATION {replicas}");
        if (options.Shard is > 0)
            text.Append(" SHARD DURATION ").Append(Durations.Go(TimeSpan.FromTicks(options.Shard.Value / 100)));
        if (options.Name is { } name)
            text.Append(" NAME ").Append(Identifier(name));
        return text.ToString();
    }

    private static string Policy(RetentionPolicyStatement p)
    {
        var text = new StringBuilder(p.Create ? "CREATE" : "ALTER")
            .Append(CultureInfo.InvariantCulture, $" RETENTION POLICY {Identifier(p.Policy.Name!)} ON {Identifier(p.Database)}");
        if (p.Policy.Duration is { } duration)
            text.Append(" DURATION ").Append(Durations.Ql(duration));
        if (p.Policy.Replicas is { } replicas)
            text.Append(CultureInfo.InvariantCulture, $" REPLICATION {replicas}");
        if (p.Policy.Shard is > 0)
            text.Append(" SHARD DURATION ").Append(Durations.Ql(p.Policy.Shard.Value));
        return p.Policy.Default ? text.Append(" DEFAULT").ToString() : text.ToString();
    }

    private static string Show(ShowStatement s)
    {
        var text = new StringBuilder("SHOW ").Append(Words(s));
        if (s.User is not null)
            text.Append(" FOR ").Append(Identifier(s.User));
        if (s.Module is not null)
            text.Append(" FOR ").Append(String(s.Module));
        if (s.Database is not null)
            text.Append(" ON ").Append(Identifier(s.Database));
        if (s.Kind == ShowKind.Measurements && s.Sources.Count > 0)
            text.Append(" WITH MEASUREMENT ").Append(s.Sources[0].IsRegex ? "=~ " : "= ").Append(Of(s.Sources[0], false));
        else
            text.Append(From(s.Sources));
        if (s.KeysText.Length > 0)
            text.Append(" WITH KEY ").Append(s.KeysText);
        text.Append(Where(s.Where)).Append(GroupBy(s.Dimensions));
        Count(text, "LIMIT", s.Limit);
        Count(text, "OFFSET", s.Offset);
        return text.ToString();
    }

    private static string Words(ShowStatement s)
    {
        var words = s.Kind switch
        {
            ShowKind.RetentionPolicies => "RETENTION POLICIES",
            ShowKind.TagKeys => "TAG KEYS",
            ShowKind.TagValues => "TAG VALUES",
            ShowKind.FieldKeys => "FIELD KEYS",
            ShowKind.SeriesCardinality => "SERIES CARDINALITY",
            ShowKind.MeasurementCardinality => "MEASUREMENT CARDINALITY",
            ShowKind.TagKeyCardinality => "TAG KEY CARDINALITY",
            ShowKind.TagValuesCardinality => "TAG VALUES CARDINALITY",
            ShowKind.FieldKeyCardinality => "FIELD KEY CARDINALITY",
            ShowKind.ContinuousQueries => "CONTINUOUS QUERIES",
            ShowKind.ShardGroups => "SHARD GROUPS",
            _ => s.Kind.ToString().ToUpperInvariant(),
        };
        return s.Exact ? words.Replace("CARDINALITY", "EXACT CARDINALITY", StringComparison.Ordinal) : words;
    }
}
