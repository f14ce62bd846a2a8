using Nbpy.Publishers;
using Nbpy.Publishers.Recording;
using Nbpy.ServiceDefaults;

InlineSockets.Use();
if (args is ["record", .. var recordArguments])
    return await RecordProgram.RunAsync(recordArguments, TimeProvider.System, CancellationToken.None);
return await ServiceProgram.RunAsync(
    args,
    "Publishes one topic of the configuration over ZeroMQ: simulated, replayed or live. 'record TOPIC --out FILE' writes what the venue sends instead.",
    PublisherFactory.Create);
