namespace LoraBridge.Diffusion.Noise;

/// <summary>Which generator the numbers come from; the web UI's setting <c>randn_source</c>.</summary>
public enum NoiseOrigin
{
    /// <summary>The stream of NVIDIA cards, computed in software: the web UI's <c>GPU</c> and <c>NV</c>.</summary>
    Philox,

    /// <summary>The stream of torch on a CPU, a Mersenne twister: the web UI's <c>CPU</c>.</summary>
    Cpu,
}
