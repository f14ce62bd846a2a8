using Nbpy.Influx;

namespace Nbpy.Cli.Export;

/// <summary>Takes an export's points in time order.</summary>
internal interface IPointWriter : IAsyncDisposable
{
    /// <summary>Once, before the first point.</summary>
    ValueTask BeginAsync(CancellationToken cancellationToken);

    ValueTask WriteAsync(StoredPoint point, CancellationToken cancellationToken);

    /// <summary>Once, after the last point: only then is the output whole.</summary>
    ValueTask EndAsync(CancellationToken cancellationToken);
}
