using System.Text.Json;

namespace Nbpy.Influx;

/// <summary>One series of an answer.</summary>
/// <param name="Name">Measurement; empty where the server gives none.</param>
/// <param name="Tags">The tags grouped by.</param>
/// <param name="Columns">Column names; <c>time</c> first in a SELECT.</param>
/// <param name="Rows">Values by row; times are ns since the Unix epoch.</param>
public sealed record InfluxSeries(string Name, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Columns, IReadOnlyList<JsonElement[]> Rows)
{
    /// <summary>The index of a column, or -1.</summary>
    public int Column(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
            if (Columns[i] == name)
                return i;
        return -1;
    }
}

/// <summary>The series of every statement, in order.</summary>
public sealed record QueryResult(IReadOnlyList<InfluxSeries> Series);

/// <summary>A query that the store did not answer, or answered with an error.</summary>
public sealed class InfluxException(string message, Exception? inner = null) : Exception(message, inner);
