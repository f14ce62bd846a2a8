using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Nbpy.ServiceDefaults;

/// <summary>SIGTERM and SIGINT from the first moment of a program: one that comes while the service is still made stops it as soon as it runs.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration interrupt;
    private ILogger? logger;
    private bool isTold;

    public StopSignals()
    {
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>From now on the stop is logged; one that came before is logged now.</summary>
    public void SayTo(ILogger to)
    {
        lock (gate)
        {
            logger = to;
            if (isTold)
                ServiceLogging.Stopping(to);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        terminate.Dispose();
        interrupt.Dispose();
        stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (gate)
        {
            if (isTold)
                return;
            isTold = true;
            if (logger is not null)
                ServiceLogging.Stopping(logger);
        }

        stop.Cancel();
    }
}
