using Nbpy.Messaging;

namespace Nbpy.Publishers.Simulation;

/// <summary>A made-up market.</summary>
public interface IMarketModel
{
    /// <summary>Moves the market one step and adds the messages that tell of it: at least one.</summary>
    void Step(Queue<IReadOnlyList<MessageField>> messages);
}
