using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>A way from noise to an image, with the names and habits it has in the web UI.</summary>
public sealed record Sampler
{
    private readonly SamplerFunction _function;

    internal Sampler(string name, string[] aliases, SamplerFunction function) => (Name, Aliases, _function) = (name, aliases, function);

    /// <summary>The name in requests, menus and a picture's generation text, e.g. <c>DPM++ 2M</c>.</summary>
    public string Name { get; }

    /// <summary>Other names.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The scheduler that Automatic means, by name; null is the uniform one.</summary>
    public string? DefaultScheduler { get; init; }

    /// <summary>Whether the network is called twice a step, which doubles the timeline of scheduled prompts.</summary>
    public bool SecondOrder { get; init; }

    /// <summary>Whether the noise seed delta changes its pictures.</summary>
    public bool UsesEnsd { get; init; }

    /// <summary>How much of each step is noise where nobody says it; null where the sampler has no such choice.</summary>
    public double? DefaultEta { get; init; }

    /// <summary>Whether noise may be added before its steps (<c>s_churn</c> and its limits).</summary>
    public bool Churns { get; init; }

    /// <summary>Whether the factor on added noise (<c>s_noise</c>) is followed.</summary>
    public bool ScalesNoise { get; init; }

    /// <summary>Whether the schedule is made one step longer and its next-to-last level dropped.</summary>
    public bool DiscardNextToLastSigma { get; init; }

    /// <summary>Whether its noise is that of one Brownian path an image (<c>BrownianNoise</c>) and not of independent draws.</summary>
    public bool UsesBrownianNoise { get; init; }

    /// <summary>Whether the images of a batch share what it does, its steps being measured over all of them: each comes out otherwise alone.</summary>
    public bool CouplesImages { get; init; }

    /// <summary>Whether its levels are rising timesteps and not falling sigmas; schedulers do not concern it.</summary>
    public bool TakesTimesteps { get; init; }

    /// <summary>How many of the timesteps its models know, evenly spread; 0 is all.</summary>
    public int KnownTimesteps { get; init; }

    /// <summary>Divides the guidance scale; 12.5 for CFG++, whose scale runs from 0 to 1.</summary>
    public double GuidanceDivisor { get; init; } = 1;

    /// <summary>Runs the sampler without gradients.</summary>
    /// <param name="denoiser">The network.</param>
    /// <param name="x">Noisy latents at the first level (the last of rising timesteps), (B, C, h, w); left unchanged.</param>
    /// <param name="levels">Falling sigmas, or for a timestep sampler rising timesteps.</param>
    /// <param name="options">What else it may be told.</param>
    /// <returns>The latents at the last level, (B, C, h, w).</returns>
    /// <exception cref="OperationCanceledException">The denoiser's token was cancelled.</exception>
    public Tensor Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> levels, SamplerOptions? options = null)
    {
        if (x.dim() != 4) throw new ArgumentException($"Latents have four dimensions (B, C, h, w), these have {x.dim()}.", nameof(x));
        for (var i = 1; i < levels.Count; i++)
            if (TakesTimesteps ? levels[i] <= levels[i - 1] : levels[i] > levels[i - 1])
                throw new ArgumentException($"{Name} needs {(TakesTimesteps ? "rising timesteps" : "falling sigmas")}, but {levels[i]} follows {levels[i - 1]}.", nameof(levels));

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var latents = x.detach().clone();
        _function(denoiser, latents, levels, options ?? new());
        return latents.MoveToOuterDisposeScope();
    }
}

/// <summary>A sampler's loop; it moves the latents <paramref name="x"/> in place from the first level to the last.</summary>
internal delegate void SamplerFunction(Denoiser denoiser, Tensor x, IReadOnlyList<double> levels, SamplerOptions options);
