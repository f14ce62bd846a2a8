namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Drops shard groups that lie wholly past their policy's duration.</summary>
    public async Task EnforceRetentionAsync(CancellationToken cancellationToken)
    {
        List<(PolicyTables Policy, ShardSpan Span)> due = [];
        lock (_gate)
        {
            foreach (var policy in _databases.Values.SelectMany(d => d.Policies.Values).Where(p => p.Policy.Duration > TimeSpan.Zero))
            {
                var oldest = NowNanoseconds() - policy.Policy.Duration.Ticks * 100;
                due.AddRange(policy.Shards.All.Where(s => s.End < oldest).Select(s => (policy, s)));
            }
        }

        foreach (var (policy, span) in due)
            await DropShardAsync(policy, span, cancellationToken).ConfigureAwait(false);
    }
}
