{{- /* A native sidecar, one item of `initContainers` of the billing service's pod. In a chart that has this one among its
     dependencies: include "paypath.sidecar" .Subcharts.paypath

     No readiness and no startup probe: the billing service is ready, and starts, whatever paypath does. Liveness is slow on purpose:
     the pod is not ready while a sidecar is between two starts, and after ten minutes the kubelet starts it anew without a delay. */ -}}
{{- define "paypath.sidecar" -}}
- name: paypath
  restartPolicy: Always
  command:
    - python
    - -I
    - -c
    - |-
      {{- .Files.Get "files/keep_running.py" | trim | nindent 6 }}
  {{- include "paypath.ports" . | nindent 2 }}
  livenessProbe:
    httpGet: {path: /healthz, port: paypath}
    periodSeconds: 60
    timeoutSeconds: 10
    failureThreshold: 11
    terminationGracePeriodSeconds: 10
  {{- include "paypath.container" . | nindent 2 }}
{{- end -}}

{{- /* Its volumes, items of the pod's `volumes`: include "paypath.sidecarVolumes" .Subcharts.paypath */ -}}
{{- define "paypath.sidecarVolumes" -}}
{{- include "paypath.volumes" . -}}
{{- end -}}
