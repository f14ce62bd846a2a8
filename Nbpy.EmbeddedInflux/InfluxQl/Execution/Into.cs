using System.Globalization;
using System.Text;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Subscriptions;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Writes what a SELECT answered (INTO): tags of GROUP BY stay tags, every other column becomes a field.</summary>
internal static class Into
{
    public static async Task<IReadOnlyList<ResultSeries>> WriteAsync(
        IStore store, SubscriptionService? subscriptions, SelectStatement select, IReadOnlyList<ResultSeries> series, string? database, string? policy,
        CancellationToken cancellationToken)
    {
        var target = select.Into!;
        var (db, rp) = Names.Resolve(store, target.Database ?? database, target.Policy ?? (target.Database is null ? policy : null));
        var lines = new StringBuilder();
        var written = 0L;
        // The tags that top() and bottom() answer beside the value stay tags.
        var tagColumns = select.Fields.Select(f => f.Expr).OfType<Call>().Where(c => c.Name is "top" or "bottom")
            .SelectMany(c => c.Args.Skip(1)).OfType<VarRef>().Select(v => v.Name).ToHashSet();
        foreach (var one in series)
        {
            var head = Head(target.Name.Length > 0 ? target.Name : one.Name!, one.Tags);
            foreach (var row in one.Values)
            {
                var fields = string.Join(',', row.Select((v, i) => (v, i)).Skip(1).Where(f => f.v is not null && !tagColumns.Contains(one.Columns[f.i]))
                    .Select(f => Escape(one.Columns[f.i], ",= ") + "=" + Value(f.v!)));
                if (fields.Length == 0)
                    continue;
                lines.Append(head);
                foreach (var i in Enumerable.Range(1, row.Length - 1).Where(i => tagColumns.Contains(one.Columns[i]) && row[i] is string { Length: > 0 }))
                    lines.Append(',').Append(Escape(one.Columns[i], ",= ")).Append('=').Append(Escape((string)row[i]!, ",= "));
                lines.Append(' ').Append(fields).Append(' ').Append(CultureInfo.InvariantCulture, $"{row[0]}\n");
                written++;
            }
        }

        if (written > 0)
        {
            var body = Encoding.UTF8.GetBytes(lines.ToString());
            subscriptions?.Publish(db, rp, body, 1);
            await store.WriteAsync(db, rp, body, cancellationToken).ConfigureAwait(false);
        }

        return [new ResultSeries("result", null, ["time", "written"], [[0L, written]])];
    }

    private static string Head(string measurement, IReadOnlyDictionary<string, string>? tags) => Escape(measurement, ", ")
        + string.Concat((tags ?? new Dictionary<string, string>()).Where(t => t.Value.Length > 0).OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => $",{Escape(t.Key, ",= ")}={Escape(t.Value, ",= ")}"));

    private static string Value(object value) => value switch
    {
        long n => n.ToString(CultureInfo.InvariantCulture) + "i",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        bool b => b ? "true" : "false",
        _ => "\"" + ((string)value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
    };

    /// <summary>Puts a backslash before each of <paramref name="special"/>.</summary>
    public static string Escape(string text, string special)
    {
        if (text.AsSpan().IndexOfAny(special) < 0)
            return text;
        var escaped = new StringBuilder();
        foreach (var c in text)
            (special.Contains(c, StringComparison.Ordinal) ? escaped.Append('\\') : escaped).Append(c);
        return escaped.ToString();
    }
}
