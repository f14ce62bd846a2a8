using System.Globalization;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Prometheus;

/// <summary>Answers Prometheus' remote read from the field <c>value</c> of the measurements and tags that its matchers name. Request:
/// queries = 1, each of first and last milliseconds = 1 and 2 and matchers = 3 (type = 1, name = 2, value = 3).</summary>
internal sealed class RemoteRead
{
    private const string NameLabel = "__name__";
    private const string Field = "value";
    private const long Millisecond = 1_000_000;
    private readonly List<Matcher> _matchers = [];
    private long _first;
    private long _last;

    private enum MatchType
    {
        Equal,
        NotEqual,
        Regex,
        NotRegex,
    }

    private sealed class Matcher(MatchType type, string name, string value)
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

        private readonly Regex? _regex = type is MatchType.Regex or MatchType.NotRegex ? new Regex(Whole(value), RegexOptions.CultureInvariant, Limit) : null;

        public MatchType Type => type;

        public string Name => name;

        public string Value => value;

        public string Pattern => Whole(value);

        /// <exception cref="InvalidDataException">The pattern takes too long.</exception>
        public bool Matches(string text)
        {
            try
            {
                return type switch
                {
                    MatchType.Equal => text == value,
                    MatchType.NotEqual => text != value,
                    MatchType.Regex => _regex!.IsMatch(text),
                    _ => !_regex!.IsMatch(text),
                };
            }
            catch (RegexMatchTimeoutException e)
            {
                throw new InvalidDataException($"regexp takes too long: {value}", e);
            }
        }

        // Prometheus' patterns hold for the whole value.
        private static string Whole(string pattern) => $"^(?:{pattern})$";
    }

    /// <exception cref="InvalidDataException">The message is not such a request.</exception>
    public static RemoteRead Parse(ReadOnlySpan<byte> message)
    {
        RemoteRead? request = null;
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            if (field != 1)
                reader.Skip();
            else if (request is null)
                request = Query(reader.Bytes());
            else
                throw OneQuery();
        }

        if (request is null)
            throw OneQuery();
        return request._matchers.Count > 0 ? request : throw new InvalidDataException("expected matcher");
    }

    /// <summary>The message of the answer.</summary>
    public async Task<byte[]> RunAsync(IStore store, string database, string? policy, CancellationToken cancellationToken)
    {
        var result = new ProtoWriter();
        var (_, name) = Names.Resolve(store, database, string.IsNullOrEmpty(policy) ? null : policy);
        foreach (var (_, schema) in store.Measurements(database, name))
        {
            if (schema.Fields.GetValueOrDefault(Field, FieldType.String) != FieldType.Float
                || !_matchers.Where(m => m.Name == NameLabel).All(m => m.Matches(schema.Name)))
                continue;
            var series = await store.ReadAsync(c => ReadAsync(c, schema, cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (var (_, message) in series.OrderBy(s => s.Key, StringComparer.Ordinal))
                result.Message(1, message);
        }

        var response = new ProtoWriter();
        response.Message(1, result);
        return response.Written.ToArray();
    }

    private static RemoteRead Query(ReadOnlySpan<byte> message)
    {
        var query = new RemoteRead();
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            switch (field)
            {
                case 1:
                    query._first = reader.Integer();
                    break;
                case 2:
                    query._last = reader.Integer();
                    break;
                case 3:
                    query._matchers.Add(Match(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return query;
    }

    private static Matcher Match(ReadOnlySpan<byte> message)
    {
        var (type, name, value) = (0L, "", "");
        var reader = new ProtoReader(message);
        while (reader.Field() is > 0 and var field)
        {
            switch (field)
            {
                case 1:
                    type = reader.Integer();
                    break;
                case 2:
                    name = reader.Text();
                    break;
                case 3:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is < 0 or > 3)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"unknown match type {type}"));
        try
        {
            return new Matcher((MatchType)type, name, value);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"error parsing regexp: {e.Message}", e);
        }
    }

    private async Task<List<(string Key, ProtoWriter Message)>> ReadAsync(
        DuckDBConnection connection, MeasurementSchema schema, CancellationToken cancellationToken)
    {
        var relation = Relation.Of(schema);
        var tags = schema.Tags.Select(t => Sql.Tag(relation, t)).ToList();
        var conditions = _matchers.Where(m => m.Name != NameLabel).Select(m => Condition(Sql.Tag(relation, m.Name), m)).Prepend(Range().Sql())
            .Append(MeasurementSchema.FieldColumn(Field) + " IS NOT NULL").OfType<string>();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {string.Join(", ", tags.Append("time").Append(MeasurementSchema.FieldColumn(Field)))} FROM {schema.Table}"
            + $" WHERE {string.Join(" AND ", conditions)} ORDER BY {string.Join(", ", tags.Append("time"))}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var result = new List<(string, ProtoWriter)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var labels = schema.Tags.Select((t, i) => (Name: t, Value: reader.GetString(i))).Where(l => l.Value.Length > 0).ToList();
            var key = string.Join(',', labels.Select(l => l.Name + "=" + l.Value));
            if (result.Count == 0 || result[^1].Item1 != key)
                result.Add((key, Labels(labels)));
            var sample = new ProtoWriter();
            sample.Double(1, reader.GetDouble(tags.Count + 1));
            sample.Integer(2, reader.GetInt64(tags.Count) / Millisecond);
            result[^1].Item2.Message(2, sample);
        }

        return result;
    }

    // Times before 1970 stand for no bound, as in InfluxDB.
    private TimeRange Range() => new(
        _first <= 0 ? TimeRange.MinTime : _first * Millisecond, _last <= 0 ? TimeRange.MaxTime : _last * Millisecond);

    private static string Condition(string tag, Matcher matcher) => matcher.Type switch
    {
        MatchType.Equal => $"{tag} = {Sql.Literal(matcher.Value)}",
        MatchType.NotEqual => $"{tag} != {Sql.Literal(matcher.Value)}",
        MatchType.Regex => $"regexp_matches({tag}, {Sql.Literal(matcher.Pattern)})",
        _ => $"NOT regexp_matches({tag}, {Sql.Literal(matcher.Pattern)})",
    };

    private static ProtoWriter Labels(List<(string Name, string Value)> labels)
    {
        var series = new ProtoWriter();
        foreach (var (name, value) in labels)
        {
            var label = new ProtoWriter();
            label.Text(1, name);
            label.Text(2, value);
            series.Message(1, label);
        }

        return series;
    }

    private static InvalidDataException OneQuery() => new("Prometheus read endpoint currently only supports one query at a time");
}
