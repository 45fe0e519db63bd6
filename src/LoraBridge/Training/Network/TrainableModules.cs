using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Network;

/// <summary>Makes the module that the settings name.</summary>
internal static class TrainableModules
{
    /// <summary>The module of a layer.</summary>
    /// <exception cref="NotSupportedException">The algorithm or the first values are not built in; the message names the nearest that are.</exception>
    public static TrainableModule Create(ModuleSetup setup)
    {
        if (setup.Plan.IsNorm) return new TrainableDifference(setup);
        return setup.Network.Algorithm switch
        {
            NetworkAlgorithm.LoRA or NetworkAlgorithm.LoCon or NetworkAlgorithm.LoRAFa => new TrainableLora(setup),
            NetworkAlgorithm.LoHa => new TrainableLoha(setup),
            NetworkAlgorithm.LoKr => new TrainableLokr(setup),
            NetworkAlgorithm.IA3 => new TrainableIa3(setup),
            NetworkAlgorithm.Full => new TrainableDifference(setup),
            var other => throw new NotSupportedException($"The algorithm {other} is not built into the trainer: set network.algorithm to {(other == NetworkAlgorithm.DyLoRA ? "lora and resize the file afterwards" : "lokr")}."),
        };
    }

    /// <summary>Refuses what no module can begin with.</summary>
    /// <exception cref="NotSupportedException">The first values are not built in.</exception>
    public static void CheckInitialization(NetworkOptions network)
    {
        if (network.Initialization is NetworkInitialization.PiSSA or NetworkInitialization.OLoRA)
            throw new NotSupportedException($"Factors that begin as {network.Initialization} change the frozen weights, which this trainer leaves alone: set network.initialization to kaiming or gaussian.");
    }
}
