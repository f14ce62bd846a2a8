using Nbpy.AppHost.Recording;

namespace Nbpy.AppHost.Tests;

public sealed class FigureBacklogTests
{
    [Fact]
    public void WhatTheStoreDidNotTakeWaitsOldestFirstAndIsBounded()
    {
        var backlog = new FigureBacklog();
        for (var i = 0; i < FigureBacklog.Most + 3; i++)
            backlog.Add($"{i}\n");
        Assert.Equal(FigureBacklog.Most, backlog.Count);
        var (lines, entries) = backlog.Next();
        Assert.Equal(FigureBacklog.AtOnce, entries);
        Assert.StartsWith("3\n4\n", lines, StringComparison.Ordinal);

        // Until it is done, the same is next.
        Assert.Equal(lines, backlog.Next().Lines);
        backlog.Done(entries);
        Assert.StartsWith("63\n64\n", backlog.Next().Lines, StringComparison.Ordinal);
        Assert.Equal(FigureBacklog.Most - FigureBacklog.AtOnce, backlog.Count);
    }
}
