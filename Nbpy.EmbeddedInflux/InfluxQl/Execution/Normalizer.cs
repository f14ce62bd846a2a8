using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Spells out the database and the policy of every measurement a SELECT names.</summary>
internal static class Normalizer
{
    public static SelectStatement Of(IStore store, SelectStatement select, string? database, string? policy) => select with
    {
        Sources = [.. select.Sources.Select(s => s switch
        {
            MeasurementSource m => Of(store, m, database, policy),
            SubquerySource q => new SubquerySource(Of(store, q.Select, database, policy)),
            _ => s,
        })],
        Into = select.Into is null ? null : Of(store, select.Into, database, policy),
    };

    private static MeasurementSource Of(IStore store, MeasurementSource source, string? database, string? policy)
    {
        var (db, rp) = Names.Resolve(store, source.Database ?? database, source.Policy ?? (source.Database is null ? policy : null));
        return source with { Database = db, Policy = rp };
    }
}
